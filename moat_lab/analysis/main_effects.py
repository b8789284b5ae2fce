"""Evaluations of a fraction -> what each of its factors does, one row each."""

from collections.abc import Iterable
from typing import Any

import pandas as pd

from moat_lab.analysis.comparison import Comparison
from moat_lab.analysis.factor_tables import baseline_levels, points_of
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
        _row(reading, factor, level, usual[factor], found)
        for reading, points in points_of(plan, evaluations).items()
        if plan.is_fraction
        for (factor, level), found in fitted_effects(
            points, usual, margin=plan.margin, step=plan.step
        ).items()
        if found.effect.n
    ]
    return pd.DataFrame(rows, columns=list(_COLUMNS)).astype(_COLUMNS)


def _row(reading: str, factor: str, level: str, usual: str, found: Comparison) -> dict[str, Any]:
    return {
        "reading": reading,
        "factor": factor,
        "level": level,
        "baseline_level": usual,
        "seeds": found.effect.n,
        "effect": found.effect.mean,
        "effect_low": found.effect.low,
        "effect_high": found.effect.high,
        "p": found.p,
        "p_adjusted": found.adjusted_p,
        "verdict": found.verdict,
    }
