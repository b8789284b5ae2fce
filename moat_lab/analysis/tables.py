"""Evaluations -> one row for each variant, and one row for each epoch."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd

from moat_lab.analysis.comparison import Comparison, Hypothesis, Scores, compare_blocks
from moat_lab.analysis.frontier import pareto_front
from moat_lab.analysis.intervals import Interval, mean_interval, rounding_sd, widened
from moat_lab.analysis.mechanism import mechanism_checks, with_testable_verdicts
from moat_lab.analysis.spending import level_of_look
from moat_lab.analysis.success import compare_success
from moat_lab.analysis.trainings import by_seed, counted, failures, finished_by_network
from moat_lab.metrics import CLOSED_FORM, COSTS, COUNTS
from moat_lab.records import Evaluation, Plan, Trained, Variant

_ENDS = ("", "_low", "_high", "_sd", "_shrunken", "_error")
"""Of the columns that a file names after the score."""

SUMMARY: dict[str, Any] = {
    "seeds": "int64",
    "failed": "int64",
    "score": "float64",
    "score_low": "float64",
    "score_high": "float64",
    "effect": "float64",
    "effect_low": "float64",
    "effect_high": "float64",
    "pairs": "int64",
    "boot_low": "float64",
    "boot_high": "float64",
    "p": "float64",
    "p_adjusted": "float64",
    "sd": "float64",
    "detectable": "float64",
    "verdict": "str",
    "frontier_macs": "bool",
    "frontier_params": "bool",
    "images_per_s": "float64",
}
_COUNTED = dict.fromkeys(COUNTS, "int64")
_CURVE: dict[str, Any] = {
    "seed": "int64",
    "epoch": "int64",
    "train_loss": "float64",
    "val_loss": "float64",
    "score": "float64",
    "learning_rate": "float64",
}


def factor_columns(plan: Plan) -> dict[str, str]:
    """Factor -> its column in both tables: its own name, with `_` after it where a table has that name."""
    taken = {"key", "network", *COSTS, *SUMMARY, *_CURVE, plan.task.score}
    factors = dict.fromkeys(factor for variant in plan.variants for factor in variant.factors)
    return {factor: f"{factor}_" if factor in taken else factor for factor in factors}


def with_score_names(table: pd.DataFrame, plan: Plan) -> pd.DataFrame:
    """A table as files hold it: the columns `score`, `score_low` ... have the score's own name."""
    names = {f"score{end}": f"{plan.task.score}{end}" for end in _ENDS}
    return table.rename(columns=names)


def cost_columns(plan: Plan) -> dict[str, str]:
    """Column -> type of the closed-form costs that the plan's variants have; older ones have counts alone."""
    others = (name for name in CLOSED_FORM if name not in COUNTS)
    return _COUNTED | {name: "float64" for name in others if any(name in v.costs for v in plan.variants)}


def summary(plan: Plan, evaluations: Iterable[Trained]) -> pd.DataFrame:
    """One row for each variant, in the plan's order, run or not; fractions, not percent.

    In a plan with cells each is compared with the baseline of its own cell, and all cells are one family;
    what is averaged over cells is `cells.averaged_summary`.

    Columns: key, network, one for each factor, closed-form costs, seeds (finished), failed, score
    and effect (against the baseline, same seeds) with `_low` and `_high` of their 95 % intervals, pairs
    (seeds that both have), what `comparison.compare` says of the effect (boot_low, boot_high, p, p_adjusted
    over all variants, sd, detectable, verdict), frontier_macs and frontier_params, images_per_s (median).

    A verdict is what `analysis.verdict` says, or baseline, no baseline (in a search), failed (no seed
    finished), not run, or not testable, where a manipulation check finds its mechanism in no use.
    """
    evaluations = tuple(evaluations)
    of_plan = counted(plan, evaluations)
    failed, finished = failures(of_plan), finished_by_network(plan, of_plan)
    scores = {key: by_seed(of) for key, of in finished.items()}
    pairs = {key: [(scores[key], scores.get(other, {}))] for key, other in baseline_keys(plan).items()}
    compared = compared_as_asked(plan, pairs)
    columns = factor_columns(plan)
    rows = [
        labels_of(v, columns) | _result(v, plan, finished[v.key], compared.get(v.key), failed[v.key])
        for v in plan.variants
    ]
    table = typed_table(rows, ["key", "network", *columns.values()], cost_columns(plan) | SUMMARY)
    return with_frontiers(with_testable_verdicts(table, plan, mechanism_checks(plan, evaluations)))


def question_of(plan: Plan) -> Hypothesis:
    """What a plan asks of each of its comparisons, at this look at the data."""
    return Hypothesis(
        margin=plan.margin,
        effects={v.key: v.effect for v in plan.variants if v.effect is not None},
        level=level_of_look(len(plan.earlier_looks), plan.planned_looks),
        step=plan.step,
        stopped_by_width=plan.target_half_width is not None,
    )


def compared_as_asked(
    plan: Plan,
    blocks: Mapping[str, Sequence[tuple[Scores, Scores]]],
    effects: Mapping[str, float] = MappingProxyType({}),
) -> dict[str, Comparison]:
    """Each name's scores against another's, in one block or more, by the plan's outcome.

    Args:
        effects: that sources report of the names, beside those of variants by their keys.
    """
    question = question_of(plan)
    question = replace(question, effects={**question.effects, **effects})
    if plan.success is None:
        return compare_blocks(blocks, question)
    pairs = {name: pairs[0] for name, pairs in blocks.items()}  # such a plan has no cells
    return compare_success(pairs, threshold=plan.success, question=question)


def baseline_keys(plan: Plan) -> dict[str, str]:
    """Key of each variant that is no baseline -> the key of the baseline of its cell, empty without one."""
    baselines = {cell: v.key for cell, v in plan.baselines.items()}
    return {
        v.key: baselines.get(plan.cell_of(v), "") for v in plan.variants if v.key not in baselines.values()
    }


def curves(plan: Plan, evaluations: Iterable[Evaluation]) -> pd.DataFrame:
    """One row for each epoch of each finished evaluation, in the plan's order, then by seed.

    Columns: key, one for each factor, seed, epoch, train_loss, val_loss, score, learning_rate. Failed
    evaluations are left out: a mean over seeds should not change its seeds halfway.
    """
    finished, columns = finished_by_network(plan, counted(plan, evaluations)), factor_columns(plan)
    rows = [
        labels_of(variant, columns)
        | {"seed": e.seed}
        | {name: getattr(epoch, name) for name in list(_CURVE)[1:]}
        for variant in plan.variants
        for e in sorted(finished[variant.key], key=lambda e: e.seed)
        for epoch in e.curve
    ]
    return typed_table(rows, ["key", *columns.values()], _CURVE)


def own_last(variants: Iterable[Variant], reading: str) -> list[Variant]:
    """The variants of a reading, after those that were scaled to another cost and happen to have this too."""
    return sorted(variants, key=lambda variant: variant.matched in ("", reading))


def labels_of(variant: Variant, columns: Mapping[str, str]) -> dict[str, Any]:
    levels = {column: variant.factors.get(name) for name, column in columns.items()}
    return {"key": variant.key, "network": variant.network} | levels


def _result(
    variant: Variant, plan: Plan, finished: Sequence[Trained], compared: Comparison | None, failed: int
) -> dict[str, Any]:
    scores = by_seed(finished)
    return (
        dict(variant.costs)
        | {"seeds": len(scores), "failed": failed}
        | interval_columns("score", _score_interval(plan, [*scores.values()]))
        | comparison_columns(compared)
        | {"verdict": verdict_word(plan, compared, len(scores), failed)}
        | {"images_per_s": median([e.images_per_s for e in finished])}
    )


def _score_interval(plan: Plan, values: Sequence[float]) -> Interval:
    spread = values if plan.target_half_width is None else widened(values)
    return within_one(mean_interval(spread, least_sd=rounding_sd(plan.step, 1)))


def comparison_columns(compared: Comparison | None) -> dict[str, float]:
    if compared is None:
        return interval_columns("effect", mean_interval([])) | {"pairs": 0}
    return interval_columns("effect", compared.effect) | {
        "pairs": compared.effect.n,
        "boot_low": compared.bootstrap.low,
        "boot_high": compared.bootstrap.high,
        "p": compared.p,
        "p_adjusted": compared.adjusted_p,
        "sd": compared.sd,
        "detectable": compared.detectable,
    }


def verdict_word(plan: Plan, compared: Comparison | None, seeds: int, failed: int) -> str:
    if not seeds:
        return "failed" if failed else "not run"
    if plan.search:
        return "no baseline"
    return compared.verdict if compared else "baseline"


def within_one(interval: Interval) -> Interval:
    """The part of an interval that a share can lie in; it covers the truth as often."""
    if math.isnan(interval.low):
        return interval
    return replace(interval, low=min(max(interval.low, 0.0), 1.0), high=min(max(interval.high, 0.0), 1.0))


def median(values: Sequence[float]) -> float:
    """NaN where there is none, or one is NaN."""
    return float(values[0] if len(values) == 1 else np.median(values)) if values else math.nan


def interval_columns(name: str, interval: Interval) -> dict[str, float]:
    return {name: interval.mean, f"{name}_low": interval.low, f"{name}_high": interval.high}


def with_frontiers(table: pd.DataFrame) -> pd.DataFrame:
    measured = table["score"].notna().to_numpy()
    for cost in ("macs", "params"):
        front = np.zeros(len(table), dtype=np.bool_)
        front[measured] = pareto_front(table.loc[measured, cost], table.loc[measured, "score"])
        table[f"frontier_{cost}"] = front
    return table


def typed_table(rows: list[dict[str, Any]], texts: list[str], numbers: dict[str, Any]) -> pd.DataFrame:
    """Columns and their types are the same with no rows as with many."""
    table = pd.DataFrame(rows, columns=[*texts, *numbers])
    return table.astype(dict.fromkeys(texts, "str") | numbers)
