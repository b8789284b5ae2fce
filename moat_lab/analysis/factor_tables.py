"""Evaluations -> the interactions of a study's factors, one row each."""

from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from moat_lab.analysis.fractional import fitted_interactions
from moat_lab.analysis.interaction import DesignPoint, Interaction, interactions
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
    estimates = fitted_interactions if plan.is_fraction else interactions
    rows = [
        _row(reading, interaction)
        for reading, points in design_points(plan, evaluations).items()
        for interaction in estimates(points, usual, margin=plan.margin, step=plan.step)
    ]
    return pd.DataFrame(rows, columns=list(_COLUMNS)).astype(_COLUMNS)


def design_points(plan: Plan, evaluations: Iterable[Trained]) -> dict[str, tuple[DesignPoint, ...]]:
    """Reading -> its points with the scores of finished seeds, no two at the same levels.

    Where a network scaled to another cost happens to have this reading's too, its own comes first.
    """
    scores, points = scores_of(plan, evaluations), {}
    for reading, variants in plan.readings.items():
        own_last = sorted(variants, key=lambda v: v.matched in ("", reading))
        keys = {frozenset(v.factors.items()): v.key for v in own_last}
        points[reading] = tuple(
            DesignPoint(levels=v.factors, scores=scores[v.key]) for v in variants if v.key in keys.values()
        )
    return points


def baseline_levels(plan: Plan) -> Mapping[str, str]:
    """Factor -> level of the baseline; empty without variants."""
    return next((variant.factors for variant in plan.variants if variant.key == plan.baseline), {})


def _row(reading: str, interaction: Interaction) -> dict[str, Any]:
    (factor, level), (other_factor, other_level) = interaction.changes.items()
    return {
        "reading": reading,
        "factor": factor,
        "level": level,
        "other_factor": other_factor,
        "other_level": other_level,
        "settings": interaction.settings,
        "seeds": interaction.effect.n,
        "effect": interaction.effect.mean,
        "effect_low": interaction.effect.low,
        "effect_high": interaction.effect.high,
        "p": interaction.p,
        "p_adjusted": interaction.adjusted_p,
        "verdict": interaction.verdict,
    }
