"""Evaluations of a fraction -> what each of its factors does, one row each."""

from collections.abc import Iterable
from typing import Any

import pandas as pd

from moat_lab.analysis.comparison import Comparison
from moat_lab.analysis.factor_tables import baseline_levels, design_points
from moat_lab.analysis.fractional import fitted_effects
from moat_lab.records import Plan, Trained

_COLUMNS: dict[str, str] = {
    "reading": "str",
    "factor": "str",
    "level": "str",
    "baseline_level": "str",
    "seeds": "int64",
    "effect": "float64",
    "effect_low": "float64",
    "effect_high": "float64",
    "p": "float64",
    "p_adjusted": "float64",
    "verdict": "str",
}


def main_effects(plan: Plan, evaluations: Iterable[Trained]) -> pd.DataFrame:
    """One row for each factor of a fractional design, reading by reading; none for other designs.

    Columns: reading, factor, the level it changes to and that of the baseline, seeds, effect (the mean over
    the other factors' levels, paired by seed, a fraction) with its 95 % interval, p, p_adjusted after Holm
    over the factors of the reading, verdict.
    """
    usual = baseline_levels(plan)
    rows = [
        _row(reading, factor, level, usual[factor], comparison)
        for reading, points in design_points(plan, evaluations).items()
        if plan.is_fraction
        for (factor, level), comparison in fitted_effects(
            points, usual, margin=plan.margin, step=plan.step
        ).items()
        if comparison.effect.n
    ]
    return pd.DataFrame(rows, columns=list(_COLUMNS)).astype(_COLUMNS)


def _row(reading: str, factor: str, level: str, usual: str, comparison: Comparison) -> dict[str, Any]:
    return {
        "reading": reading,
        "factor": factor,
        "level": level,
        "baseline_level": usual,
        "seeds": comparison.effect.n,
        "effect": comparison.effect.mean,
        "effect_low": comparison.effect.low,
        "effect_high": comparison.effect.high,
        "p": comparison.p,
        "p_adjusted": comparison.adjusted_p,
        "verdict": comparison.verdict,
    }
