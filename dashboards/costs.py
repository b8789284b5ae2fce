"""The costs that an axis or a column may show, and units that suit them."""

from collections.abc import Iterable
from dataclasses import dataclass

COSTS = {"macs": "MACs", "params": "parameters", "activations": "activations"}
"""Column of `analysis.summary` -> its name on a screen."""
_AXES = {"macs": "cost ({}MACs)", "params": "parameters ({})", "activations": "activations ({})"}
_HEADERS = {"macs": "{}MACs", "params": "params, {}", "activations": "activations, {}"}
_PREFIXES = ((1e9, "G"), (1e6, "M"), (1e3, "k"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """A cost is divided by `factor`; `axis` and `header` name it with its unit."""

    factor: float
    axis: str
    header: str


def unit(cost: str, values: Iterable[float]) -> Unit:
    """The unit in which the largest of the values is a number of one to three digits."""
    largest = max(values, default=0)
    factor, prefix = next((pair for pair in _PREFIXES if largest >= pair[0]), _PREFIXES[-1])
    return Unit(factor=factor, axis=_AXES[cost].format(prefix), header=_HEADERS[cost].format(prefix))


def countable(amount: int) -> int | float:
    """The amount as a table can hold it: exact up to 64 bits."""
    return amount if abs(amount) < 2**63 else float(amount)
