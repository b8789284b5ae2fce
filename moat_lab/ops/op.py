"""What every op can say: its output's shape, what it costs there, and the module that computes it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import nn


@dataclass(frozen=True, slots=True)
class Shape:
    """A feature map without its batch."""

    channels: int
    height: int
    width: int

    @property
    def pixels(self) -> int:
        return self.height * self.width

    def strided(self, stride: int) -> Shape:
        """The map after a step with SAME padding: sides are rounded up."""
        if stride == 1:
            return self
        return Shape(self.channels, -(-self.height // stride), -(-self.width // stride))

    def __str__(self) -> str:
        return f"{self.channels}x{self.height}x{self.width}"

    def with_channels(self, channels: int) -> Shape:
        return Shape(channels, self.height, self.width)


@dataclass(frozen=True, slots=True)
class Count:
    """Trainable parameters, multiply-accumulates and output elements at batch 1."""

    params: int = 0
    macs: int = 0
    activations: int = 0

    def __add__(self, other: Count) -> Count:
        return Count(self.params + other.params, self.macs + other.macs, self.activations + other.activations)


class Op(ABC):
    """One statement with three readings, so that shape, cost and module cannot drift apart."""

    __slots__ = ()

    def out(self, shape: Shape) -> Shape:
        """The output's shape; most ops keep the input's."""
        return shape

    @abstractmethod
    def count(self, shape: Shape) -> Count:
        """The cost on an input of this shape."""

    @abstractmethod
    def build(self, shape: Shape) -> nn.Module:
        """A module (N, C, H, W) -> (N, C', H', W'); only `shape.channels` decides its parameters."""

    def leaves(self, shape: Shape, name: str = "") -> Iterator[tuple[str, Op, Shape]]:
        """Every op that is not made of others, in order, with its dotted name and its input's shape."""
        yield name, self, shape
