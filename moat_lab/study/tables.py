"""Tables for the terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import isnan

import pandas as pd
from rich.markup import escape
from rich.table import Table

from moat_lab.metrics import CLOSED_FORM, COUNTS
from moat_lab.records import Plan, Variant
from moat_lab.report.names import labels, names_with_twins
from moat_lab.report.units import NOTHING, si
from moat_lab.search.optuna_study import SAMPLER_CLASSES
from moat_lab.search.samplers import SAMPLERS
from moat_lab.study.fitted_table import columns_of


def samplers_table() -> Table:
    """Every sampler with what it can do, and its options."""
    titles = ("sampler", "method", "objectives", "repeats points", "seed", "options")
    table = columns_of(*titles, drop=("repeats points", "seed", "objectives", "method"), prose="options")
    for name, sampler in SAMPLERS.items():
        objectives = "several" if sampler.several_objectives else "one"
        abilities = ("yes" if able else "no" for able in (sampler.repeats, sampler.seeded))
        options = ", ".join(SAMPLER_CLASSES.options(name)) or NOTHING
        table.add_row(name, escape(sampler.method), objectives, *abilities, escape(options))
    return table


def networks_table(plan: Plan, done: Mapping[str, int]) -> Table:
    """Every network of a plan with its exact costs, before anything is trained."""
    right = dict.fromkeys(("params", "MACs", "activations", "done"), "right")
    table = columns_of("variant", **right, drop=("activations", "params"))
    names = names_with_twins(plan)
    for variant in plan.networks:
        name = names[variant.key]
        mark = " (baseline)" if variant.key == plan.baseline and name != "baseline" else ""
        costs = [f"{variant.costs[cost]:,}" for cost in COUNTS]
        seeds = f"{done[variant.key]}/{len(plan.seeds)}"
        table.add_row(escape(name + mark), *costs, seeds)
    return table


def spread_table(points: Sequence[Variant], feasible: Sequence[Variant]) -> Table:
    """What the networks of a space cost: all, and those within the limits."""
    columns = dict.fromkeys(("min", "quarter", "median", "three quarters", "max"), "right")
    table = columns_of("cost", "of", **columns, drop=("quarter", "three quarters"))
    for cost in CLOSED_FORM:
        for name, variants in (("all", points), ("within", feasible)):
            values = sorted(variant.costs[cost] for variant in variants)
            quantiles = [values[round(share * (len(values) - 1))] for share in (0, 0.25, 0.5, 0.75, 1)]
            table.add_row(cost.replace("macs", "MACs"), name, *map(si, quantiles))
    return table


def frontier_table(plan: Plan, networks: pd.DataFrame) -> Table:
    """The frontier of a search, cheapest first."""
    right = dict.fromkeys((f"{plan.task.metric.title} %", "params", "MACs", "on the frontier in"), "right")
    table, names = columns_of("on the frontier", **right, drop=("params", "MACs")), labels(plan)
    for row in networks[networks["on_frontier"]].sort_values("macs").to_dict("records"):
        table.add_row(
            escape(names[str(row["key"])]),
            _with_half_width(row["score"], row["score_low"], row["score_high"], "{:.1f}"),
            si(row["params"]),
            si(row["macs"]),
            f"{100 * row['frontier_probability']:.0f} %",
        )
    return table


def calibration_table(table: pd.DataFrame) -> Table:
    """How well each schedule orders the networks as the first does."""
    right = ("a training", "tau [95 %]", "between seeds", "SNR", "SNR² a second")
    lines = columns_of("schedule", **dict.fromkeys(right, "right"), drop=("SNR² a second", "between seeds"))
    for row in table.to_dict("records"):
        tau = f"{row['tau']:.2f} [{row['tau_low']:.2f}, {row['tau_high']:.2f}]"
        takes = NOTHING if isnan(row["train_s"]) else f"{row['train_s']:.1f} s"
        ratios = (row["seeds_tau"], row["snr_without"], row["snr2_per_s"])
        cells = (NOTHING if isnan(ratio) else f"{ratio:.2f}" for ratio in ratios)
        lines.add_row(escape(str(row["schedule"])), takes, tau, *cells)
    return lines


def effects_table(plan: Plan, summary: pd.DataFrame) -> Table:
    """The answer in one look: accuracy, effect, cost, verdict."""
    right = dict.fromkeys(
        (f"{plan.task.metric.title} %", "effect, points", "params", "MACs", "seeds"), "right"
    )
    table = columns_of("variant", **right, verdict="left", drop=("params", "seeds", "MACs"))
    names = labels(plan)
    for row in summary.to_dict("records"):
        table.add_row(
            escape(names[str(row["key"])]),
            _with_half_width(row["score"], row["score_low"], row["score_high"], "{:.1f}"),
            _with_half_width(row["effect"], row["effect_low"], row["effect_high"], "{:+.1f}"),
            si(row["params"]),
            si(row["macs"]),
            str(row["seeds"]),
            escape(str(row["verdict"])),
        )
    return table


def differences_table(plan: Plan, table: pd.DataFrame) -> Table:
    """The networks of two results folders, named as in the first's plan."""
    right = (f"first, {plan.task.metric.title} %", "second", "difference, points", "seeds")
    lines = columns_of("variant", **dict.fromkeys(right, "right"), drop=("seeds", "second"))
    names = labels(plan)
    for row in table.to_dict("records"):
        lines.add_row(
            escape(names[str(row["key"])]),
            f"{100 * row['first']:.1f}",
            f"{100 * row['second']:.1f}",
            _with_half_width(row["difference"], row["low"], row["high"], "{:+.1f}"),
            str(row["seeds"]),
        )
    return lines


def _with_half_width(mean: float, low: float, high: float, form: str) -> str:
    """ "93.7 ± 1.3" percent of fractions, the longer side; what is not known is left out."""
    if isnan(mean):
        return NOTHING
    half_width = "" if isnan(high) else f" ± {100 * max(high - mean, mean - low):.1f}"
    return form.format(100 * mean) + half_width
