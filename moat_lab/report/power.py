"""What the seeds of a study can show, in a sentence."""

import pandas as pd

from moat_lab.analysis import required_seeds
from moat_lab.analysis.power import family_confidence
from moat_lab.report.units import span

HALF_A_POINT = 0.005
"""The effect whose seeds are said: half a point, as many ablations report."""


def number_tested(table: pd.DataFrame) -> int:
    """How many effects of `analysis.summary` were tested, and share Holm's correction."""
    return int(table["p"].notna().sum())


def power_sentence(table: pd.DataFrame, compared: int) -> str:
    """What an effect must be to be shown in 80 % of such studies, and the seeds that half a point takes.

    Over the variants of which a deviation is known; empty without any.

    Args:
        compared: effects that the study tested, in all readings.
    """
    rows = table[table["detectable"].notna()]
    if rows.empty:
        return ""
    confidence = family_confidence(compared)
    required = [required_seeds(sd, HALF_A_POINT, confidence=confidence) for sd in rows["sd"]]
    effects = 100 * rows["detectable"]
    seeds = span(rows["pairs"].min(), rows["pairs"].max(), "{}")
    detectable = span(effects.min(), effects.max(), "{:.2f}")
    required_text = span(min(required), max(required), "{:,}")
    by_variant = ", by variant" if len(rows) > 1 else ""
    holm = ", after Holm," if compared > 1 else ""
    return (
        f"With these {seeds} seeds in common with the baseline an effect of {detectable} points would be "
        f"shown{holm} in 80 % of such studies or more{by_variant}; {100 * HALF_A_POINT:g} points would take "
        f"{required_text} seeds."
    )
