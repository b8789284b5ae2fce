"""A search: its plan, evaluations and summary -> the text of report.md."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from moat_lab.analysis.search_tables import factor_importances, predictor_correlations
from moat_lab.errors import UserError
from moat_lab.records import Evaluation, Plan, Reading, ResultsFolder, Search
from moat_lab.records.inherited import read_inherited
from moat_lab.report.factors import factor_titles
from moat_lab.report.markdown import (
    expectation_sections,
    markdown_table,
    network_sections,
    problem_sections,
    provenance_sections,
)
from moat_lab.report.names import labels
from moat_lab.report.search.confirmation import confirmation_text
from moat_lab.report.search.pick import listed_costs, main_cost, pick_of, pick_text
from moat_lab.report.search.setup import reference, search_setup
from moat_lab.report.units import NOTHING, code, cost_name, count, percent, si

_METHOD = """\
{Score} is measured on one fixed validation split, after the last epoch; brackets are Student's t intervals at
95 % over seeds. The best of many is overrated by what is luck in it, so means are shrunken for the choice
(empirical Bayes, with the deviation between seeds that networks of about the same mean have). The last column
is the probability that the network is on the frontier by what it truly reaches. `moat-lab pick --confirm 5`
trains the pick with other seeds: do that before you quote its {score}."""
_FIGURES = """\
![{Score} against {name}](accuracy_{cost}.png)

Full points are on the frontier, named by trial; bars, from three seeds on, are 95 % intervals. The ring is
the pick, a square what the search started from.

![Hypervolume by trial](hypervolume.png)"""


def search_markdown(
    plan: Plan,
    search: Search,
    reading: Reading[Evaluation],
    table: pd.DataFrame,
    trace: pd.DataFrame,
    folder: ResultsFolder,
) -> str:
    """The report; the same arguments give the same text. Paths in it are relative to `folder`."""
    names, score = labels(plan), plan.task.metric
    sections = [
        f"# {plan.name}",
        f"**Question.** {plan.question}",
        *expectation_sections(plan),
        "## Result",
        _result(plan, table, trace, search),
        *_confirmation(plan, table, folder),
        *_frontier(plan, table, names),
        _METHOD.format(score=score.title, Score=score.heading),
        *_importance(plan, table),
        *_predictors(plan, table, reading),
        *problem_sections(plan, reading, names, folder),
        "## Figures",
        _FIGURES.format(cost=main_cost(search), name=cost_name(main_cost(search)), Score=score.heading),
        "## How it was searched",
        "\n".join(search_setup(plan, search, reading, read_inherited(folder.inherited_file))),
        *provenance_sections(plan, reading),
        *network_sections(plan, names),
    ]
    return "\n\n".join(sections) + "\n"


def _result(plan: Plan, table: pd.DataFrame, trace: pd.DataFrame, search: Search) -> str:
    finished = table[table["score"].notna()]
    if finished.empty:
        return "Nothing has finished yet, so nothing can be said."
    volume = trace["hypervolume"].iloc[-1]
    text = (
        f"{count(len(finished), 'network')} trained; {int(finished['on_frontier'].sum())} of them on the "
        f"frontier, which dominates {volume:.3f} of the box up to the reference ({reference(search)})."
    )
    try:
        chosen = pick_text(table, plan, {})
    except UserError as error:
        return f"{text}\n\n{error}"
    return f"{text}\n\nThe pick:\n\n```\n{chosen}\n```"


def _confirmation(plan: Plan, table: pd.DataFrame, folder: ResultsFolder) -> list[str]:
    """What fresh seeds and the test split say of the pick, where it was confirmed."""
    if folder.confirmation.read_confirmation() is None:
        return []
    return ["## Confirmation", confirmation_text(folder, pick_of(table, plan, {}).chosen)]


def _frontier(plan: Plan, table: pd.DataFrame, names: Mapping[str, str]) -> list[str]:
    costs = listed_costs(table)
    front = table[table["on_frontier"]].sort_values(["macs", "key"])
    rows = [_row(int(str(i)) + 1, row.to_dict(), names, costs) for i, row in front.iterrows()]
    score = f"{plan.task.metric.header} [95 %]"
    titles = ("network", "trial", "seeds", score, *map(cost_name, costs), "on the frontier in")
    return [markdown_table("l" + "r" * (len(titles) - 1), titles, rows)] if rows else []


def _row(trial: int, row: Mapping[Any, Any], names: Mapping[str, str], costs: Sequence[str]) -> list[str]:
    return [
        code(names[row["key"]]),
        str(trial),
        str(row["seeds"]),
        percent(row["score"], row["score_low"], row["score_high"]),
        *(si(row[name]) for name in costs),
        f"{100 * row['frontier_probability']:.0f} %",
    ]


def _importance(plan: Plan, table: pd.DataFrame) -> list[str]:
    """How much each factor matters for the score, of the networks in the space."""
    shares = factor_importances(plan, table)
    if not shares:
        return []
    titles = factor_titles(plan)
    ordered = sorted(shares.items(), key=lambda pair: (math.isnan(pair[1]), -pair[1]))
    rows = [
        (titles.get(name, name), NOTHING if math.isnan(share) else f"{100 * share:.0f} %")
        for name, share in ordered
    ]
    return [
        f"## Which factors matter for {plan.task.metric.title}",
        markdown_table("lr", ("factor", "importance"), rows),
        "PED-ANOVA (Watanabe et al. 2023): what sets the best tenth, and at least the best five, of the "
        "trained networks apart. The search chose the networks, so factors that it settled early look less "
        "important than they are.",
    ]


def _predictors(plan: Plan, table: pd.DataFrame, reading: Reading[Evaluation]) -> list[str]:
    """How well costs and zero-cost scores order the networks."""
    correlations = {
        name: tau for name, tau in predictor_correlations(table, reading).items() if not math.isnan(tau.mean)
    }
    if not correlations:
        return []
    score = plan.task.metric.title
    rows = [
        (name, f"{tau.mean:+.2f} [{tau.low:+.2f}, {tau.high:+.2f}]", tau.n)
        for name, tau in correlations.items()
    ]
    return [
        f"## Which predictors order networks as {score} does",
        markdown_table("lrr", ("predictor", f"Kendall's tau with {score} [95 %]", "networks"), rows),
        f"1 orders the trained networks as {score} does, 0 tells nothing. A zero-cost score earns its place "
        "where it orders them better than the parameters and MACs do, which cost nothing.",
    ]
