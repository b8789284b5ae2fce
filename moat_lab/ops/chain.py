"""Ops one after the other, each with the name its module will have."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from moat_lab.ops.op import Count, Op, Shape

if TYPE_CHECKING:
    from torch import nn


class Chain(Op):
    """`Chain(norm=LayerNorm(), expand=Linear(64))`: runs in order; `None` leaves a step out."""

    __slots__ = ("steps",)

    def __init__(self, **steps: Op | None) -> None:
        self.steps = {name: op for name, op in steps.items() if op is not None}

    def out(self, shape: Shape) -> Shape:
        for op in self.steps.values():
            shape = op.out(shape)
        return shape

    def count(self, shape: Shape) -> Count:
        total, counted = Count(), Count()
        last: tuple[Op | None, Shape] = (None, shape)
        for op in self.steps.values():
            if last != (op, shape):  # a repeated block is counted once
                counted, last = op.count(shape), (op, shape)
            total += counted
            shape = op.out(shape)
        return total

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
