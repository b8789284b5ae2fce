"""What a number that a network has is called, in which unit and direction it is read, and how it is known."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from moat_lab.grammar import Network
from moat_lab.lowering import LoweredPart
from moat_lab.ops import InputSpec

_LOG_FROM = 8.0
"""Values that span more than this factor need a logarithmic axis."""


class Counted(Protocol):
    """A network at an input, with the counts of its ops: what `moat_lab.cost` gives."""

    @property
    def params(self) -> int: ...
    @property
    def macs(self) -> int: ...
    @property
    def activations(self) -> int: ...
    @property
    def network(self) -> Network: ...
    @property
    def inputs(self) -> InputSpec: ...
    @property
    def parts(self) -> tuple[LoweredPart, ...]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """A score or a cost. Its file's name is its column in tables, its key in records, its name in studies.

    Args:
        title: on a screen.
        unit: behind an amount, such as "12.3 M MACs".
        axis: of a figure; {} is the SI prefix.
        header: of a table's column; {} is the SI prefix.
        direction: what is better.
        scale: of an axis whose values lie far apart; see `is_logarithmic`.
        prefixed: whether amounts are written with SI prefixes.
        closed_form: what it is, from the network alone; None where it has to be measured.
    """

    title: str
    unit: str
    axis: str
    header: str
    direction: Literal["minimize", "maximize"] = "minimize"
    scale: Literal["log", "linear"] = "log"
    prefixed: bool = False
    closed_form: Callable[[Counted], float] | None = None

    def is_logarithmic(self, values: Sequence[float]) -> bool:
        """Whether an axis of these values, which rise, is logarithmic; never one that holds a 0."""
        wide = len(values) > 0 and values[0] > 0 and values[-1] / values[0] > _LOG_FROM
        return wide and self.scale == "log"

    @property
    def heading(self) -> str:
        """The title at the start of a sentence."""
        return self.title[:1].upper() + self.title[1:]

    @property
    def label(self) -> str:
        """The title, with the unit where that says more."""
        return self.title if self.prefixed else f"{self.title}, {self.unit}"
