"""What seeds can show: the smallest effect for a number of them, and how many an effect takes."""

import math
from functools import partial

from scipy.special import nctdtr, stdtrit


def family_confidence(comparisons: int, level: float = 0.05) -> float:
    """The confidence at which 1 of so many comparisons is called real whatever the others are.

    Holm's hardest step: its other steps ask for less, so what is significant at this confidence in 80 % of
    studies is called real in 80 % or more.

    Args:
        level: the error that all of them may spend (`spending.level`).

    Source: Bonferroni's bound; Holm 1979.
    """
    return 1 - level / max(1, comparisons)


def power_of(
    n: int, effect: float, *, sd: float, confidence: float = 0.95, freedom: float | None = None
) -> float:
    """The share of studies of `n` seeds whose interval excludes zero, if the effect is this large.

    Exact: noncentral t, both sides. NaN with fewer than two seeds.

    Args:
        effect: level minus baseline, in any unit.
        sd: deviation of the paired differences over seeds, in the same unit.
        freedom: degrees of freedom of the deviation; left out, n - 1.

    Raises:
        ValueError: the deviation is not above 0.

    Source: Cohen 1988, chapter 2.
    """
    if not sd > 0:
        raise ValueError(f"a deviation above 0 is needed; got {sd}")
    if n < 2:
        return math.nan
    return _power(math.sqrt(n) * abs(effect) / sd, _freedom(n, freedom), confidence)


def detectable_effect(
    sd: float, n: int, *, power: float = 0.8, confidence: float = 0.95, freedom: float | None = None
) -> float:
    """The smallest effect that `n` seeds show in a share `power` of studies.

    NaN with fewer than two seeds: they show nothing. The deviation is itself estimated: with 5 seeds the
    95 % interval of a deviation reaches from 0.6 to 2.9 of it, and so does that of the result.

    Args:
        sd: deviation of the paired differences over seeds; the effect has its unit.
        confidence: of one comparison, or `family_confidence` of several.
        freedom: degrees of freedom of the deviation; left out, n - 1.

    Raises:
        ValueError: the deviation is negative, or `power` not between 1 - confidence and 1.
    """
    _check(sd, power, confidence)
    if n < 2:
        return math.nan
    from scipy.optimize import brentq  # slow to import, and seldom needed

    missing = partial(_power_gap, freedom=_freedom(n, freedom), power=power, confidence=confidence)
    far = 1.0
    while missing(far) > 0:
        far *= 2
    return float(brentq(missing, 0, far, xtol=1e-12)) * sd / math.sqrt(n)


def required_seeds(
    sd: float, effect: float, *, power: float = 0.8, confidence: float = 0.95, cells: int = 1
) -> int:
    """The fewest seeds that show an effect of this size in a share `power` of studies; two at least.

    Args:
        sd: deviation of the paired differences over seeds.
        effect: in the same unit; its sign does not matter.
        confidence: of one comparison, or `family_confidence` of several.
        cells: in each of which there are so many seeds.

    Raises:
        ValueError: the effect is 0, the deviation negative, or `power` not between 1 - confidence and 1.
    """
    _check(sd, power, confidence)
    if not abs(effect) > 0:
        raise ValueError(f"an effect other than 0 is needed; got {effect}")
    if sd == 0:
        return 2

    def shown(seeds: int) -> float:
        freedom = freedom_over_cells(seeds, cells)
        return power_of(cells * seeds, effect, sd=sd, confidence=confidence, freedom=freedom)

    few, enough = 1, 2
    while shown(enough) < power:
        few, enough = enough, 2 * enough
    while enough - few > 1:
        middle = (few + enough) // 2
        if shown(middle) < power:
            few = middle
        else:
            enough = middle
    return enough


def freedom_over_cells(seeds: float, cells: int) -> float:
    """The degrees of freedom to expect of a mean over cells, each with its deviation of `seeds` - 1.

    Satterthwaite's, with the expectations of the squared sum of variances and of the sum of their squares:
    with 4 cells 5 of 8 for 3 seeds, 12 of 16 for 5, 31 of 36 for 10.

    Source: Satterthwaite 1946.
    """
    each = seeds - 1
    return each * (cells * each + 2) / (each + 2)


def _freedom(n: int, freedom: float | None) -> float:
    return n - 1 if freedom is None else freedom


def _power_gap(distance: float, *, freedom: float, power: float, confidence: float) -> float:
    return power - _power(distance, freedom, confidence)


def _power(distance: float, freedom: float, confidence: float) -> float:
    """The chance that t is beyond its bound, when the truth lies `distance` standard errors from zero."""
    bound = float(stdtrit(freedom, (1 + confidence) / 2))
    return 1 - _below(freedom, distance, bound) + _below(freedom, distance, -bound)


def _below(freedom: float, distance: float, bound: float) -> float:
    below = float(nctdtr(freedom, distance, bound))
    return 0.0 if math.isnan(below) else below  # scipy's NaN is a chance under 1e-16


def _check(sd: float, power: float, confidence: float) -> None:
    if not sd >= 0:
        raise ValueError(f"a deviation of 0 or more is needed; got {sd}")
    if not 1 - confidence < power < 1:
        raise ValueError(f"a power between {1 - confidence:.2g} and 1 is needed; got {power}")
