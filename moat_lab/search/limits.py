"""`macs <= 30M`: the most that a network may have of something."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping

from moat_lab.errors import UserError, did_you_mean
from moat_lab.metrics import COSTS

_LIMIT = re.compile(r"\s*(\w+)\s*<=\s*(\S+)\s*")
_AMOUNT = re.compile(r"([0-9]{1,30}(?:\.[0-9]{1,30})?)([kMG]?)")
MOST = 10**18
"""Of anything that is counted: a thousand times what the largest networks have."""
_PREFIXES = {"": 1, "k": 10**3, "M": 10**6, "G": 10**9}
_EXAMPLE = "a limit is such as 'macs <= 30M' or 'latency_ms <= 5'"


def read_limits(texts: Iterable[str]) -> dict[str, float]:
    """Cost -> most.

    Raises:
        UserError: not of this form, an unknown cost, or one limited twice.
    """
    limits: dict[str, float] = {}
    for text in texts:
        cost, most = _read(text)
        if cost in limits:
            raise UserError(f"constraints: {cost} is limited twice")
        limits[cost] = most
    return limits


def amount(text: str) -> float:
    """`30M` as a number.

    Raises:
        UserError: not a number with k, M, G or nothing behind it, or beyond `MOST`.
    """
    match = _AMOUNT.fullmatch(text.strip())
    number = float(match[1]) * _PREFIXES[match[2]] if match else math.nan
    if not number <= MOST:
        raise UserError(
            f"an amount is a number such as 20M, 500k or 5, and at most 1,000,000,000G; got '{text:.60}'"
        )
    return number


def violation(costs: Mapping[str, float], limits: Mapping[str, float]) -> float:
    """By how much, in parts of the limits and added up, costs are beyond them; 0 is within all.

    A cost that is not known yet is within.
    """
    return sum(max(0.0, costs[cost] / most - 1) for cost, most in limits.items() if cost in costs)


def _read(text: str) -> tuple[str, float]:
    match = _LIMIT.fullmatch(text)
    if not match or not _AMOUNT.fullmatch(match[2]):
        raise UserError(f"constraints: '{text:.60}' is not one\n  {_EXAMPLE}")
    cost, most = match[1], amount(match[2])
    if cost not in COSTS:
        raise UserError(
            f"constraints: there is no cost '{cost}'\n  {did_you_mean(cost, COSTS)}costs: {', '.join(COSTS)}"
        )
    if most == 0:
        raise UserError(f"constraints: a limit is above 0; got '{text}'")
    return cost, most
