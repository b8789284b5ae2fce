"""Variants over the cells of a design: what each does on average, and whether that depends on the cell."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from statistics import fmean
from typing import Any

import pandas as pd

from moat_lab.analysis.comparison import Comparison, Scores
from moat_lab.analysis.estimate import blocked_estimate
from moat_lab.analysis.hypothesis_tests import holm
from moat_lab.analysis.intervals import deviation, paired_differences, rounding_sd, widened
from moat_lab.analysis.mechanism import NOT_TESTABLE
from moat_lab.analysis.tables import (
    SUMMARY,
    compared_as_asked,
    comparison_columns,
    cost_columns,
    factor_columns,
    interval_columns,
    labels_of,
    median,
    own_last,
    summary,
    typed_table,
    verdict_word,
    with_frontiers,
    within_one,
)
from moat_lab.analysis.trainings import by_seed, counted, failures, finished_by_network, scores_of
from moat_lab.metrics import COUNTS
from moat_lab.records import Plan, Trained, Variant
from moat_lab.records.plan import Cell

_CELLS: dict[str, Any] = {
    "reading": "str",
    "cells": "int64",
    "least": "float64",
    "most": "float64",
    "sd": "float64",
    "p": "float64",
    "p_adjusted": "float64",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Treatment:
    """A variant over all cells: as one variant whose costs are means, and its network in each cell."""

    variant: Variant
    members: Mapping[Cell, Variant]


def averaged(plan: Plan) -> Plan:
    """The plan whose variants are those over all cells; a plan without cells is given back as it is."""
    if not plan.cells:
        return plan
    rows = treatments(plan)
    baseline = next(t.variant.key for t in rows if _is_baseline(plan, t))
    return replace(plan, variants=tuple(t.variant for t in rows), baseline=baseline, cells=(), twins={})


def treatments(plan: Plan) -> tuple[Treatment, ...]:
    """The variants of a plan over its cells, each once, reading by reading.

    A cost is the mean over cells of its share of the baseline's there, times the baseline's mean: a cell that
    lacks the variant does not count.
    """
    found: dict[str, Treatment] = {}
    for reading, variants in plan.readings.items():
        members: dict[frozenset[tuple[str, str]], dict[Cell, Variant]] = {}
        for variant in own_last(variants, reading):
            levels = frozenset(plan.treatment_of(variant).items())
            members.setdefault(levels, {})[plan.cell_of(variant)] = variant
        for of in _in_order(plan, members.values()):
            treatment = _treatment(plan, of, reading)
            found.setdefault(treatment.variant.key, treatment)
    return tuple(found.values())


def keys_over_cells(plan: Plan, reading: str) -> dict[str, str]:
    """Key of each network of a reading -> the key of its variant over cells; without cells the same."""
    if not plan.cells:
        return {v.key: v.key for v in plan.readings[reading]}
    of = {v.key for v in averaged(plan).readings[reading]}
    return {m.key: t.variant.key for t in treatments(plan) if t.variant.key in of for m in t.members.values()}


def averaged_summary(plan: Plan, evaluations: Iterable[Trained]) -> pd.DataFrame:
    """One row for each variant over all cells, with the columns of `tables.summary`, or without cells that.

    A score is the mean over cells, an effect the mean over cells of the effects there, each paired by seed;
    seeds, failed and pairs are of all cells. There is no interval by bootstrap.
    """
    if not plan.cells:
        return summary(plan, evaluations)
    evaluations = tuple(evaluations)
    of_plan, rows_of, plan_over = counted(plan, evaluations), treatments(plan), averaged(plan)
    failed, finished = failures(of_plan), finished_by_network(plan, of_plan)
    scores = {key: by_seed(of) for key, of in finished.items()}
    compared = compared_as_asked(plan_over, _pairs(plan, scores))
    columns = factor_columns(plan_over)
    rows = [
        labels_of(t.variant, columns)
        | _row(plan, t, finished, compared.get(t.variant.key), sum(failed[v.key] for v in t.members.values()))
        for t in rows_of
    ]
    texts, numbers = ["key", "network", *columns.values()], cost_columns(plan_over) | SUMMARY
    table = with_frontiers(typed_table(rows, texts, numbers))
    return _with_testable_verdicts(table, rows_of, summary(plan, evaluations)) if plan.twins else table


def _with_testable_verdicts(
    table: pd.DataFrame, rows_of: Sequence[Treatment], networks: pd.DataFrame
) -> pd.DataFrame:
    """`not testable` where it is the verdict on the variant's network in every cell."""
    untestable = set(networks["key"][networks["verdict"] == NOT_TESTABLE])
    for index, treatment in zip(table.index, rows_of, strict=True):
        if all(v.key in untestable for v in treatment.members.values()):
            table.loc[index, "verdict"] = NOT_TESTABLE
    return table


def cell_table(plan: Plan, evaluations: Iterable[Trained]) -> pd.DataFrame:
    """One row for each variant over cells but the baseline: whether its effect depends on the cell.

    Columns: key, reading, cells, the least and the most effect of a cell (fractions), sd (of the effect
    between cells, beyond what seeds make it; 0 where they explain all), p of the same effect in all cells,
    p_adjusted after Holm. NaN with one cell, or where seeds are too few.

    Source: Welch 1951, one-way analysis of variance with unequal variances; Fisher 1935.
    """
    scores, evaluated = scores_of(plan, evaluations), averaged(plan)
    readings = {v.key: cost for cost, variants in reversed(evaluated.readings.items()) for v in variants}
    least_sd = rounding_sd(plan.step, 2)
    rows = [
        {"key": key, "reading": readings.get(key, "none")} | _between(plan, pairs, least_sd)
        for key, pairs in _pairs(plan, scores).items()
    ]
    for row, adjusted in zip(rows, holm([row["p"] for row in rows]), strict=True):
        row["p_adjusted"] = adjusted
    return typed_table(rows, ["key"], _CELLS)


def _between(plan: Plan, pairs: Sequence[tuple[Scores, Scores]], least_sd: float) -> dict[str, Any]:
    """How the effects of cells differ."""
    rows = [row for pair in pairs if (row := paired_differences(*pair))]
    means = [fmean(row) for row in rows]
    told = [row for row in rows if not math.isnan(deviation(row, least_sd=least_sd))]
    between, p = math.nan, math.nan
    if len(told) > 1:
        within = fmean(deviation(row, least_sd=least_sd) ** 2 / len(row) for row in told)
        total = float(pd.Series([fmean(row) for row in told]).var())
        between, p = math.sqrt(max(0.0, total - within)), _p_of_one_effect(told)
    return {
        "cells": len(rows),
        "least": min(means, default=math.nan),
        "most": max(means, default=math.nan),
        "sd": between,
        "p": p,
    }


def _p_of_one_effect(rows: Sequence[Sequence[float]]) -> float:
    from scipy.stats import f_oneway  # slow to import

    return float(f_oneway(*rows, equal_var=False).pvalue)


def _row(
    plan: Plan,
    treatment: Treatment,
    finished: Mapping[str, Sequence[Trained]],
    compared: Comparison | None,
    failed: int,
) -> dict[str, Any]:
    of_cells = [finished[v.key] for v in treatment.members.values()]
    scores = [[*by_seed(of).values()] for of in of_cells]
    blocks = [widened(row) if plan.target_half_width else row for row in scores if row]
    score = blocked_estimate(blocks, least_sd=rounding_sd(plan.step, 1))
    seeds = sum(map(len, scores))
    return (
        dict(treatment.variant.costs)
        | {"seeds": seeds, "failed": failed}
        | interval_columns("score", within_one(score.interval()))
        | comparison_columns(compared)
        | {"verdict": verdict_word(plan, compared, seeds, failed)}
        | {"images_per_s": median([e.images_per_s for of in of_cells for e in of])}
    )


def scores_over_cells(plan: Plan, evaluations: Iterable[Trained]) -> dict[str, dict[Cell, Scores]]:
    """Key of each variant over cells -> cell -> seed -> score; without cells all is one cell."""
    scores = scores_of(plan, evaluations)
    if not plan.cells:
        return {key: {(): of} for key, of in scores.items()}
    return {t.variant.key: {cell: scores[v.key] for cell, v in t.members.items()} for t in treatments(plan)}


def _pairs(plan: Plan, scores: Mapping[str, Scores]) -> dict[str, list[tuple[Scores, Scores]]]:
    """Key of each variant over cells but the baseline -> its scores and the baseline's, cell by cell."""
    baselines = plan.baselines
    return {
        t.variant.key: [
            (scores[v.key], scores[baselines[cell].key]) for cell, v in t.members.items() if cell in baselines
        ]
        for t in treatments(plan)
        if not _is_baseline(plan, t)
    }


def _in_order(plan: Plan, members: Iterable[Mapping[Cell, Variant]]) -> list[Mapping[Cell, Variant]]:
    """As the variants stand in the plan."""
    place = {variant.key: i for i, variant in enumerate(plan.variants)}
    return sorted(members, key=lambda of: min(place[v.key] for v in of.values()))


def _treatment(plan: Plan, members: Mapping[Cell, Variant], reading: str) -> Treatment:
    baselines, first = plan.baselines, next(iter(members.values()))
    home = next((cell for cell, v in baselines.items() if v.key == plan.baseline), ())
    shown = members.get(home, first)
    keys = "+".join(sorted(v.key for v in members.values()))
    variant = replace(
        shown,
        key=sha256(keys.encode()).hexdigest()[:12],
        factors=plan.treatment_of(shown),
        costs={name: _mean_cost(name, members, baselines) for name in shown.costs},
        matched="" if reading == "none" or _are_baselines(plan, members) else reading,
    )
    return Treatment(variant=variant, members=members)


def _mean_cost(name: str, members: Mapping[Cell, Variant], baselines: Mapping[Cell, Variant]) -> float:
    usual = fmean(v.costs[name] for v in baselines.values())
    share = fmean(
        v.costs[name] / baselines[cell].costs[name] for cell, v in members.items() if cell in baselines
    )
    return round(usual * share) if name in COUNTS else usual * share


def _is_baseline(plan: Plan, treatment: Treatment) -> bool:
    return _are_baselines(plan, treatment.members)


def _are_baselines(plan: Plan, members: Mapping[Cell, Variant]) -> bool:
    return {v.key for v in members.values()} <= {v.key for v in plan.baselines.values()}


def members_by_variant(plan: Plan) -> list[tuple[str, ...]]:
    """The keys of each variant's networks over cells; no network is in two. Without cells each is alone."""
    if not plan.cells:
        return [(v.key,) for v in plan.variants]
    found: dict[tuple[frozenset[tuple[str, str]], str], list[str]] = {}
    for v in plan.variants:
        found.setdefault((frozenset(plan.treatment_of(v).items()), v.matched), []).append(v.key)
    return [tuple(keys) for keys in found.values()]
