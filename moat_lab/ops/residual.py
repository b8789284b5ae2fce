"""A branch added to its shortcut."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from moat_lab.ops.chain import Chain
from moat_lab.ops.op import Count, Op, Shape

if TYPE_CHECKING:
    from torch import nn


@dataclass(frozen=True, slots=True, kw_only=True)
class Residual(Op):
    """`shortcut(x) + branch(x)`; the branch may be dropped at random in training (stochastic depth)."""

    branch: Op
    shortcut: Op = field(default_factory=Chain)

    def out(self, shape: Shape) -> Shape:
        return self.branch.out(shape)

    def count(self, shape: Shape) -> Count:
        return self.branch.count(shape) + self.shortcut.count(shape)

    def build(self, shape: Shape) -> nn.Module:
        from moat_lab.ops.modules.residual import ResidualSum

        return ResidualSum(self.branch.build(shape), self.shortcut.build(shape))

    def leaves(self, shape: Shape, name: str = "") -> Iterator[tuple[str, Op, Shape]]:
        yield from self.shortcut.leaves(shape, f"{name}.shortcut".lstrip("."))
        yield from self.branch.leaves(shape, f"{name}.branch".lstrip("."))
