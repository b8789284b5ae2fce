"""Evaluations -> one row for each variant, and one row for each epoch."""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeVar

import numpy as np
import pandas as pd

from moat_lab.analysis.comparison import Comparison, compare
from moat_lab.analysis.frontier import pareto_front
from moat_lab.analysis.intervals import Interval, mean_interval, rounding_sd, widened
from moat_lab.metrics import CLOSED_FORM, COSTS, COUNTS
from moat_lab.records import Evaluation, Plan, Trained, Variant

T = TypeVar("T", bound=Trained)

_ENDS = ("", "_low", "_high", "_sd", "_shrunken", "_error")
"""Of the columns that a file names after the score."""

_SUMMARY: dict[str, Any] = {
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


def counted(plan: Plan, evaluations: Iterable[T]) -> tuple[T, ...]:
    """The evaluations that belong to the plan: its recipe and one of its networks."""
    keys = {variant.key for variant in plan.variants}
    return tuple(e for e in evaluations if e.recipe_key == plan.recipe_key and e.network_key in keys)


def factor_columns(plan: Plan) -> dict[str, str]:
    """Factor -> its column in both tables: its own name, with `_` after it where a table has that name."""
    taken = {"key", "network", *COSTS, *_SUMMARY, *_CURVE, plan.task.score}
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

    Columns: key, network, one for each factor, closed-form costs, seeds (finished), failed, score
    and effect (against the baseline, same seeds) with `_low` and `_high` of their 95 % intervals, pairs
    (seeds that both have), what `comparison.compare` says of the effect (boot_low, boot_high, p, p_adjusted
    over all variants, sd, detectable, verdict), frontier_macs and frontier_params, images_per_s (median).

    A verdict is what `analysis.verdict` says, or baseline, no baseline (in a search), failed (no seed
    finished), not run.
    """
    of_plan = counted(plan, evaluations)
    failed = Counter(e.network_key for e in of_plan if e.status == "failed")
    finished = _finished(plan, of_plan)
    compared = compare(
        {key: _by_seed(of) for key, of in finished.items() if key != plan.baseline},
        _by_seed(finished.get(plan.baseline, [])),
        margin=plan.margin,
        step=plan.step,
        stopped_by_width=plan.target_half_width is not None,
    )
    columns = factor_columns(plan)
    rows = [
        _labels(v, columns) | _result(v, plan, finished[v.key], compared.get(v.key), failed[v.key])
        for v in plan.variants
    ]
    return _with_frontiers(
        _typed_table(rows, ["key", "network", *columns.values()], cost_columns(plan) | _SUMMARY)
    )


def curves(plan: Plan, evaluations: Iterable[Evaluation]) -> pd.DataFrame:
    """One row for each epoch of each finished evaluation, in the plan's order, then by seed.

    Columns: key, one for each factor, seed, epoch, train_loss, val_loss, score, learning_rate. Failed
    evaluations are left out: a mean over seeds should not change its seeds halfway.
    """
    finished, columns = _finished(plan, counted(plan, evaluations)), factor_columns(plan)
    rows = [
        _labels(variant, columns)
        | {"seed": e.seed}
        | {name: getattr(epoch, name) for name in list(_CURVE)[1:]}
        for variant in plan.variants
        for e in sorted(finished[variant.key], key=lambda e: e.seed)
        for epoch in e.curve
    ]
    return _typed_table(rows, ["key", *columns.values()], _CURVE)


def scores_of(plan: Plan, evaluations: Iterable[Trained]) -> dict[str, dict[int, float]]:
    """Key of each variant -> seed -> score of its finished evaluations."""
    return {key: _by_seed(of) for key, of in _finished(plan, counted(plan, evaluations)).items()}


def scores_by_network(evaluations: Iterable[Trained]) -> dict[str, dict[int, float]]:
    """Network key -> seed -> score, of the networks with a finished evaluation, in the order of these."""
    scores: dict[str, dict[int, float]] = {}
    for e in evaluations:
        if e.score is not None:
            scores.setdefault(e.network_key, {})[e.seed] = e.score
    return scores


def _finished(plan: Plan, evaluations: Iterable[T]) -> dict[str, list[T]]:
    """Key of each variant -> its finished evaluations, in the order in which they come."""
    finished: dict[str, list[T]] = {variant.key: [] for variant in plan.variants}
    for evaluation in evaluations:
        if evaluation.status == "ok":
            finished[evaluation.network_key].append(evaluation)
    return finished


def _labels(variant: Variant, columns: Mapping[str, str]) -> dict[str, Any]:
    levels = {column: variant.factors.get(name) for name, column in columns.items()}
    return {"key": variant.key, "network": variant.network} | levels


def _result(
    variant: Variant, plan: Plan, finished: Sequence[Trained], compared: Comparison | None, failed: int
) -> dict[str, Any]:
    scores = _by_seed(finished)
    return (
        dict(variant.costs)
        | {"seeds": len(scores), "failed": failed}
        | _bounds("score", _score_interval(plan, [*scores.values()]))
        | _comparison(compared)
        | {"verdict": _verdict_word(plan, compared, len(scores), failed)}
        | {"images_per_s": _median([e.images_per_s for e in finished])}
    )


def _score_interval(plan: Plan, values: Sequence[float]) -> Interval:
    spread = values if plan.target_half_width is None else widened(values)
    return _within_one(mean_interval(spread, least_sd=rounding_sd(plan.step, 1)))


def _comparison(compared: Comparison | None) -> dict[str, float]:
    if compared is None:
        return _bounds("effect", mean_interval([])) | {"pairs": 0}
    return _bounds("effect", compared.effect) | {
        "pairs": compared.effect.n,
        "boot_low": compared.bootstrap.low,
        "boot_high": compared.bootstrap.high,
        "p": compared.p,
        "p_adjusted": compared.adjusted_p,
        "sd": compared.sd,
        "detectable": compared.detectable,
    }


def _verdict_word(plan: Plan, compared: Comparison | None, seeds: int, failed: int) -> str:
    if not seeds:
        return "failed" if failed else "not run"
    if plan.search:
        return "no baseline"
    return compared.verdict if compared else "baseline"


def _by_seed(finished: Iterable[Trained]) -> dict[int, float]:
    return {e.seed: e.score for e in finished if e.score is not None}


def _within_one(interval: Interval) -> Interval:
    """The part of an interval that a share can lie in; it covers the truth as often."""
    low, high = (
        value if math.isnan(value) else min(max(value, 0.0), 1.0) for value in (interval.low, interval.high)
    )
    return replace(interval, low=low, high=high)


def _median(values: Sequence[float]) -> float:
    """NaN where there is none, or one is NaN."""
    return float(values[0] if len(values) == 1 else np.median(values)) if values else math.nan


def _bounds(name: str, interval: Interval) -> dict[str, float]:
    return {name: interval.mean, f"{name}_low": interval.low, f"{name}_high": interval.high}


def _with_frontiers(table: pd.DataFrame) -> pd.DataFrame:
    measured = table["score"].notna().to_numpy()
    for cost in ("macs", "params"):
        front = np.zeros(len(table), dtype=np.bool_)
        front[measured] = pareto_front(table.loc[measured, cost], table.loc[measured, "score"])
        table[f"frontier_{cost}"] = front
    return table


def _typed_table(rows: list[dict[str, Any]], texts: list[str], numbers: dict[str, Any]) -> pd.DataFrame:
    """Columns and their types are the same with no rows as with many."""
    table = pd.DataFrame(rows, columns=[*texts, *numbers])
    return table.astype(dict.fromkeys(texts, "str") | numbers)
