"""Ops that are made of others: one after the other, each with the name its module will have; or added."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import groupby
from typing import TYPE_CHECKING

from moat_lab.ops.op import Count, Op, Shape

if TYPE_CHECKING:
    from torch import nn


class Chain(Op):
    """`Chain(norm=LayerNorm(), expand=Linear(64))`: runs in order; `None` leaves a step out."""

    __slots__ = ("_repeats", "steps")

    def __init__(self, **steps: Op | None) -> None:
        self.steps = {name: op for name, op in steps.items() if op is not None}
        self._repeats = [[*same] for _, same in groupby(self.steps.values(), id)]

    def runs(self, shape: Shape) -> Iterator[tuple[Op, Shape, Shape, int]]:
        """Each op, the maps before and after it, and how often it runs so in a row, as repeated blocks do."""
        for same in self._repeats:
            op, left = same[0], len(same)
            while left:
                after = op.out(shape)
                times = left if left == 1 or after == shape else 1
                yield op, shape, after, times
                shape, left = after, left - times

    def out(self, shape: Shape) -> Shape:
        after = shape
        for _, _, after, _ in self.runs(shape):  # noqa: B007
            pass
        return after

    def count(self, shape: Shape) -> Count:
        params = macs = activations = 0
        for op, before, _, times in self.runs(shape):
            count = op.count(before)
            params += times * count.params
            macs += times * count.macs
            activations += times * count.activations
        return Count(params, macs, activations)

    def build(self, shape: Shape) -> nn.Module:
        from torch import nn

        chain = nn.Sequential()
        for name, op in self.steps.items():
            chain.add_module(name, op.build(shape))
            shape = op.out(shape)
        return chain

    def leaves(self, shape: Shape, name: str = "") -> Iterator[tuple[str, Op, Shape]]:
        for step, op in self.steps.items():
            yield from op.leaves(shape, f"{name}.{step}".lstrip("."))
            shape = op.out(shape)


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
