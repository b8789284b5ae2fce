"""Numbers as people read them. Each is short text; NaN is a dash."""

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass

from moat_lab.errors import UserError
from moat_lab.metrics import METRICS

NOTHING = "–"
HALF_A_POINT = 0.005
"""The effect for which seeds are computed where none is stated: as many ablations report."""


def si(value: float) -> str:
    """Three significant digits and a prefix: 12_300_000 is "12.3 M"."""
    rounded = float(f"{value:.3g}")
    for factor, prefix in ((1e12, " T"), (1e9, " G"), (1e6, " M"), (1e3, " k")):
        if abs(rounded) >= factor:
            return f"{rounded / factor:.3g}{prefix}"
    return f"{rounded:.3g}"


def percent(fraction: float, low: float = math.nan, high: float = math.nan) -> str:
    """ "92.3 [91.8, 92.8]" of fractions; without the interval where it is NaN."""
    if math.isnan(fraction):
        return NOTHING
    return f"{100 * fraction:.1f}" + _between(low, high, "{:.1f}")


def points(difference: float, low: float = math.nan, high: float = math.nan) -> str:
    """ "+0.42 [-0.10, +0.94]" percentage points of fractions; without the interval where it is NaN."""
    if math.isnan(difference):
        return NOTHING
    return f"{100 * difference:+.2f}" + _between(low, high, "{:+.2f}")


def in_points(fraction: float, form: str = "{:g}") -> str:
    """ "0.5 points", "1 point" of a fraction: a size without a sign, such as a margin."""
    number = form.format(100 * fraction)
    return f"{number} point" if number == "1" else f"{number} points"


def probability(p: float) -> str:
    """ "0.034", "< 0.001"; NaN is a dash."""
    if math.isnan(p):
        return NOTHING
    return "< 0.001" if p < 0.001 else f"{p:.3f}"


def read_points(text: str) -> float:
    """ "0.5pt" of percent as a fraction: 0.005.

    Raises:
        UserError: not a number above 0, up to 100, with `pt` behind it.
    """
    found = re.fullmatch(r"\s*([0-9]+(?:\.[0-9]+)?)\s*pt\s*", text)
    fraction = float(found[1]) / 100 if found else 0.0
    if not 0 < fraction <= 1:
        raise UserError(f"points of percent above 0, up to 100, are needed, such as 0.5pt; got '{text:.40}'")
    return fraction


def duration(seconds: float) -> str:
    """ "1 h 5 min", "5 min", "42 s"."""
    if seconds < 60:
        return f"{seconds:.0f} s"
    hours, minutes = divmod(round(seconds / 60), 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min"


def cost_name(cost: str) -> str:
    """A cost's column as people write it behind a number."""
    return METRICS[cost].unit if cost in METRICS and cost != "params" else cost


def score_text(name: str, score: float) -> str:
    """ "top-1 93.2 %" of a fraction."""
    return f"{score_title(name)} {100 * score:.1f} %"


def score_title(name: str) -> str:
    """A score's name on a screen; one of a task that is not here as it is written."""
    return METRICS[name].title if name in METRICS else name


def amount_of(value: float, cost: str) -> str:
    """ "12.3 M MACs", "860 k parameters", "1.2 ms"."""
    return f"{si(value)} {METRICS[cost].unit}"


_PREFIXES = ((1e9, "G"), (1e6, "M"), (1e3, "k"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """A cost is divided by `factor`; `axis` and `header` name it with its unit."""

    factor: float
    axis: str
    header: str


def unit(cost: str, values: Iterable[float]) -> Unit:
    """The unit in which the largest of the values is a number of one to three digits."""
    of = METRICS[cost]
    if not of.prefixed:
        return Unit(factor=1.0, axis=of.axis, header=of.header)
    largest = max(values, default=0)
    factor, prefix = next((pair for pair in _PREFIXES if largest >= pair[0]), _PREFIXES[-1])
    return Unit(factor=factor, axis=of.axis.format(prefix), header=of.header.format(prefix))


def span(low: float, high: float, form: str) -> str:
    """ "0.50 to 2.00", or one number where both read alike."""
    first, last = form.format(low), form.format(high)
    return first if first == last else f"{first} to {last}"


def count(number: int, noun: str) -> str:
    """ "1 seed", "2 seeds"."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def code(text: str) -> str:
    """Text in backticks that a table's cell can hold."""
    escaped = text.replace("|", "\\|")
    return f"`{escaped}`"


def _between(low: float, high: float, form: str) -> str:
    if math.isnan(low) or math.isnan(high):
        return ""
    return f" [{form.format(100 * low)}, {form.format(100 * high)}]"
