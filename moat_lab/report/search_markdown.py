"""A search's plan, its evaluations and what they found -> the text of report.md."""

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from moat_lab.analysis import importances, pick
from moat_lab.analysis.tables import factor_columns
from moat_lab.errors import UserError
from moat_lab.records import Plan, Reading, Search
from moat_lab.report.labels import labels
from moat_lab.report.markdown import code, making, networks, problems
from moat_lab.report.units import NOTHING, count, percent, si

_HEADER = "| network | trial | seeds | top-1, % [95 %] | params | MACs | on the frontier in |"
_ALIGN = "| --- | ---: | ---: | ---: | ---: | ---: | ---: |"
_METHOD = """\
Top-1 is measured on one fixed validation split, after the last epoch; brackets are Student's t intervals at
95 % over seeds. The last column is the share of 2,000 resamples (residuals pooled over networks) in which the
network is on the frontier: how far the choice between neighbours is luck of the seed. The best of many is
overrated by what is luck in it: train the pick again with other seeds before you quote its top-1."""
_FIGURES = """\
![Top-1 against MACs](accuracy_macs.png)

Full points are on the frontier, named by trial; bars, from three seeds on, are 95 % intervals.

![Hypervolume by trial](hypervolume.png)"""


def search_markdown(
    plan: Plan, search: Search, reading: Reading, table: pd.DataFrame, trace: pd.DataFrame, folder: Path
) -> str:
    """The whole report; the same arguments give the same text. Paths in it are relative to `folder`."""
    names = labels(plan)
    sections = [
        f"# {plan.name}",
        f"**Question.** {plan.question}",
        f"**Expected.** {plan.expectation} ({plan.source})",
        "## Result",
        _result(table, trace, search, names),
        *_frontier(table, names),
        _METHOD,
        *_importance(plan, table),
        *problems(plan, reading, names, folder),
        "## Figures",
        _FIGURES,
        "## How it was searched",
        _searched(search),
        *making(plan, reading),
        *networks(plan, names),
    ]
    return "\n\n".join(sections) + "\n"


def pick_text(table: pd.DataFrame, search: Search, limits: Mapping[str, float]) -> str:
    """The network to take under the search's limits and `limits`: text, cost, interval, and why.

    Raises:
        UserError: as `analysis.pick`.
    """
    all_limits = dict(search.limits)
    for name, most in limits.items():
        all_limits[name] = min(most, all_limits.get(name, most))
    chosen = pick(table, all_limits, cost=(*search.costs, "macs")[0])
    row = table[table["key"] == chosen.chosen].iloc[0]
    top1 = percent(row["top1"], row["top1_low"], row["top1_high"])
    costs = f"{si(row['macs'])} MACs, {si(row['params'])} params"
    return f"{row['network']}\ntop-1 {top1} % ({count(row['seeds'], 'seed')}), {costs}\n{chosen.reason()}"


def _result(table: pd.DataFrame, trace: pd.DataFrame, search: Search, names: Mapping[str, str]) -> str:
    finished = table[table["top1"].notna()]
    if finished.empty:
        return "Nothing has finished yet, so nothing can be said."
    volume = trace["hypervolume"].iloc[-1]
    said = (
        f"{count(len(finished), 'network')} trained; {int(finished['on_frontier'].sum())} of them on the "
        f"frontier, which dominates {volume:.3f} of the box up to the reference ({_reference(search)})."
    )
    try:
        chosen = pick_text(table, search, {})
    except UserError as error:
        return f"{said}\n\n{error}"
    return f"{said}\n\nThe pick:\n\n```\n{chosen}\n```"


def _frontier(table: pd.DataFrame, names: Mapping[str, str]) -> list[str]:
    front = table[table["on_frontier"]].sort_values(["macs", "key"])
    rows = [_row(int(str(i)) + 1, row.to_dict(), names) for i, row in front.iterrows()]
    return ["\n".join([_HEADER, _ALIGN, *rows])] if rows else []


def _row(trial: int, row: Mapping[Any, Any], names: Mapping[str, str]) -> str:
    cells = [
        code(names[row["key"]]),
        str(trial),
        str(row["seeds"]),
        percent(row["top1"], row["top1_low"], row["top1_high"]),
        si(row["params"]),
        si(row["macs"]),
        f"{100 * row['frontier_probability']:.0f} %",
    ]
    return f"| {' | '.join(cells)} |"


def _importance(plan: Plan, table: pd.DataFrame) -> list[str]:
    """How much each factor matters for top-1, of the networks in the space."""
    columns = factor_columns(plan)
    rows = table[table["top1"].notna()].dropna(subset=list(columns.values()))
    if rows.empty:
        return []
    shares = importances(
        rows[list(columns.values())].rename(columns={v: k for k, v in columns.items()}), rows["top1"]
    )
    ordered = sorted(shares.items(), key=lambda pair: (math.isnan(pair[1]), -pair[1]))
    lines = [f"| {code(name)} | {NOTHING if math.isnan(v) else f'{100 * v:.0f} %'} |" for name, v in ordered]
    return [
        "## Which factors matter for top-1",
        "\n".join(["| factor | importance |", "| --- | ---: |", *lines]),
        "PED-ANOVA (Watanabe et al. 2023): what sets the best tenth, and at least the best five, of the "
        "trained networks apart. The search chose the networks, so factors that it settled early look less "
        "important than they are.",
    ]


def _searched(search: Search) -> str:
    options = ", ".join(f"{name} {value}" for name, value in search.sampler.items() if name != "name")
    limits = ", ".join(f"{name} <= {si(most)}" for name, most in search.limits.items()) or "none"
    return "\n".join(
        [
            f"- space: {code(search.space)}",
            f"- objectives: {', '.join(search.objectives)}; hypervolume up to {_reference(search)}",
            f"- limits: {limits}",
            f"- sampler: {search.sampler['name']} ({options}); at most {count(search.trials, 'network')}",
            *(f"- started from: {code(text)}" for text in search.start),
        ]
    )


def _reference(search: Search) -> str:
    return ", ".join(
        f"top-1 {100 * value:g} %" if name == "top1" else f"{si(value)} {name.replace('macs', 'MACs')}"
        for name, value in search.reference.items()
    )
