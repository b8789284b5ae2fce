"""`macs <= 30M`: the most that a network may have of something."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from moat_lab.errors import UserError, did_you_mean
from moat_lab.records.search import CLOSED_FORM

_FORM = re.compile(r"\s*(\w+)\s*<=\s*(\d+(?:\.\d+)?)\s*([kMG]?)\s*")
_PREFIXES = {"": 1, "k": 10**3, "M": 10**6, "G": 10**9}
_EXAMPLE = "a limit is such as 'macs <= 30M' or 'params <= 500k'"


def read_limits(texts: Iterable[str]) -> dict[str, float]:
    """Metric -> most.

    Raises:
        UserError: not of this form, an unknown metric, or one limited twice.
    """
    limits: dict[str, float] = {}
    for text in texts:
        metric, most = _read(text)
        if metric in limits:
            raise UserError(f"constraints: {metric} is limited twice")
        limits[metric] = most
    return limits


def amount(text: str) -> float:
    """`30M` as a number.

    Raises:
        UserError: not a number with k, M, G or nothing behind it.
    """
    found = re.fullmatch(r"(\d+(?:\.\d+)?)([kMG]?)", text.strip())
    if not found:
        raise UserError(f"an amount is a number such as 20M, 500k or 5; got '{text}'")
    return float(found[1]) * _PREFIXES[found[2]]


def excess(costs: Mapping[str, float], limits: Mapping[str, float]) -> float:
    """By how much, in parts of the limits and added up, costs are beyond them; 0 is within all."""
    return sum(max(0.0, costs[metric] / most - 1) for metric, most in limits.items() if metric in costs)


def _read(text: str) -> tuple[str, float]:
    found = _FORM.fullmatch(text)
    if not found:
        raise UserError(f"constraints: '{text}' is not one\n  {_EXAMPLE}")
    metric, number, prefix = found.groups()
    if metric not in CLOSED_FORM:
        raise UserError(
            f"constraints: there is no cost '{metric}'\n  {did_you_mean(metric, CLOSED_FORM)}"
            f"costs: {', '.join(CLOSED_FORM)}"
        )
    if float(number) == 0:
        raise UserError(f"constraints: a limit is above 0; got '{text}'")
    return metric, float(number) * _PREFIXES[prefix]
