"""Evaluations -> the interactions of a study's factors, one row each."""

from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from moat_lab.analysis.fractional import fitted_interactions
from moat_lab.analysis.interaction import Interaction, Point, interactions
from moat_lab.analysis.tables import scores_of
from moat_lab.records import Plan, Trained

_COLUMNS: dict[str, str] = {
    "reading": "str",
    "factor": "str",
    "level": "str",
    "other_factor": "str",
    "other_level": "str",
    "settings": "int64",
    "seeds": "int64",
    "effect": "float64",
    "effect_low": "float64",
    "effect_high": "float64",
    "p": "float64",
    "p_adjusted": "float64",
    "verdict": "str",
}


def interaction_table(plan: Plan, evaluations: Iterable[Trained]) -> pd.DataFrame:
    """One row for each pair of changes from the baseline whose interaction is seen, reading by reading.

    By four trained corners, in a fraction by a fit.

    Columns: reading, the two factors and the levels they change to, settings of the other factors that the
    effect is a mean over (0 in a fraction, where it is fitted to all points), seeds, effect beyond the sum of
    both with its 95 % interval (fractions), p, p_adjusted after Holm over the interactions of the reading,
    and the verdict.
    """
    usual = baseline_levels(plan)
    seen = fitted_interactions if plan.is_fraction else interactions
    rows = [
        _row(reading, found)
        for reading, points in points_of(plan, evaluations).items()
        for found in seen(points, usual, margin=plan.margin, step=plan.step)
    ]
    return pd.DataFrame(rows, columns=list(_COLUMNS)).astype(_COLUMNS)


def points_of(plan: Plan, evaluations: Iterable[Trained]) -> dict[str, tuple[Point, ...]]:
    """Reading -> its points with the scores of finished seeds, no two at the same levels.

    Where a network scaled to another cost happens to have this reading's too, its own comes first.
    """
    scores, points = scores_of(plan, evaluations), {}
    for reading, variants in plan.readings.items():
        own_last = sorted(variants, key=lambda v: v.matched in ("", reading))
        keys = {frozenset(v.factors.items()): v.key for v in own_last}
        points[reading] = tuple(
            Point(levels=v.factors, scores=scores[v.key]) for v in variants if v.key in keys.values()
        )
    return points


def baseline_levels(plan: Plan) -> Mapping[str, str]:
    """Factor -> level of the baseline; empty without variants."""
    return next((variant.factors for variant in plan.variants if variant.key == plan.baseline), {})


def _row(reading: str, found: Interaction) -> dict[str, Any]:
    (factor, level), (other_factor, other_level) = found.changes.items()
    return {
        "reading": reading,
        "factor": factor,
        "level": level,
        "other_factor": other_factor,
        "other_level": other_level,
        "settings": found.settings,
        "seeds": found.effect.n,
        "effect": found.effect.mean,
        "effect_low": found.effect.low,
        "effect_high": found.effect.high,
        "p": found.p,
        "p_adjusted": found.adjusted_p,
        "verdict": found.verdict,
    }
