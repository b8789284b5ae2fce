"""What the seeds of a study can show, in a sentence."""

import pandas as pd

from moat_lab.analysis import required_seeds
from moat_lab.report.units import span

ASKED = 0.005
"""The effect whose seeds are said: half a point, as many ablations report."""


def power_sentence(table: pd.DataFrame) -> str:
    """What an effect must be to be shown in 80 % of such studies, and the seeds that half a point takes.

    Over the variants of which a deviation is known; empty without any.
    """
    rows = table[table["detectable"].notna()]
    if rows.empty:
        return ""
    effects, needed = 100 * rows["detectable"], [required_seeds(sd, ASKED) for sd in rows["sd"]]
    seeds = span(rows["seeds"].min(), rows["seeds"].max(), "{}")
    shown = span(effects.min(), effects.max(), "{:.2f}")
    seeds_needed = span(min(needed), max(needed), "{:,}")
    by_variant = ", by variant" if len(rows) > 1 else ""
    return (
        f"With these {seeds} seeds an effect of {shown} points would be shown in 80 % of such "
        f"studies{by_variant}; {100 * ASKED:g} points would take {seeds_needed} seeds."
    )
