"""Bars of intervals on a chart."""

import math
from collections.abc import Iterable
from typing import Any


def bars(means: Iterable[float], lows: Iterable[float], highs: Iterable[float]) -> dict[str, Any]:
    """What plotly's `error_x` and `error_y` take; no bar where an interval is NaN."""
    sides = [
        (_known(high - mean), _known(mean - low)) for mean, low, high in zip(means, lows, highs, strict=True)
    ]
    return {
        "array": [above for above, _ in sides],
        "arrayminus": [below for _, below in sides],
        "thickness": 1.5,
        "width": 4,
    }


def _known(width: float) -> float | None:
    return None if math.isnan(width) else width
