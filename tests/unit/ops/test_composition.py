"""Chains and residuals."""

import pytest
import torch

from moat_lab.ops import AveragePool, Chain, Conv, Count, Gelu, LayerNorm, Linear, Residual, Shape

STRIDED = Residual(
    branch=Chain(norm=LayerNorm(), conv=Conv(width=4, stride=2)),
    shortcut=Chain(pool=AveragePool(kernel=2, stride=2), conv=Conv(width=4)),
)


def test_a_chain_leaves_out_what_is_none():
    chain = Chain(first=Linear(width=2), nothing=None, last=Gelu())
    assert [name for name, _ in chain.build(Shape(3, 1, 1)).named_children()] == ["first", "last"]


def test_a_chain_gives_each_step_the_map_of_the_one_before():
    chain = Chain(a=Conv(width=4, stride=2), b=Linear(width=5))
    assert chain.out(Shape(3, 5, 6)) == Shape(5, 3, 3)
    assert chain.count(Shape(3, 5, 6)) == Count(params=12 + 25, macs=108 + 180, activations=36 + 45)


def test_a_step_that_stands_twice_counts_twice_each_at_its_own_map():
    twice = Chain(a=Conv(width=8), b=Conv(width=8), c=Conv(width=8))
    assert twice.count(Shape(3, 2, 2)) == Count(params=24 + 64 + 64, macs=96 + 256 + 256, activations=3 * 32)


@pytest.mark.parametrize("op", [Conv(width=8), Conv(width=8, stride=2), STRIDED])
def test_an_op_that_is_repeated_counts_as_often_as_it_runs_each_time_at_its_own_map(op):
    chain, shape = Chain(**{f"step_{i}": op for i in range(5)}, last=Linear(width=4)), Shape(3, 9, 6)
    leaves = [leaf.count(before) for _, leaf, before in chain.leaves(shape)]
    assert chain.count(shape) == sum(leaves, start=Count())
    assert [times for _, _, _, times in Chain(a=op, b=op, c=op).runs(Shape(8, 1, 1))] in ([3], [1, 2])


def test_an_empty_chain_is_the_identity():
    x = torch.randn(1, 2, 3, 3)
    assert Chain().build(Shape(2, 3, 3))(x) is x
    assert Chain().count(Shape(2, 3, 3)) == Count(0, 0, 0)


def test_a_residual_counts_branch_and_shortcut():
    assert STRIDED.count(Shape(3, 5, 5)) == Count(params=6 + 12 + 12, macs=108 + 108, activations=36 + 36)
    assert STRIDED.out(Shape(3, 5, 5)) == Shape(4, 3, 3)


def test_leaves_are_named_as_the_built_modules_and_in_running_order():
    leaves = [(name, shape) for name, _, shape in Chain(block=STRIDED).leaves(Shape(3, 5, 5))]
    assert leaves == [
        ("block.shortcut.pool", Shape(3, 5, 5)),
        ("block.shortcut.conv", Shape(3, 3, 3)),
        ("block.branch.norm", Shape(3, 5, 5)),
        ("block.branch.conv", Shape(3, 5, 5)),
    ]
    modules = dict(Chain(block=STRIDED).build(Shape(3, 5, 5)).named_modules())
    assert {name for name, _ in leaves} <= set(modules)


def test_a_residual_adds_and_drops_its_branch_image_by_image():
    module = Residual(branch=Chain(conv=Conv(width=1))).build(Shape(1, 1, 1))
    module.branch.conv.weight.data.fill_(2)
    module.drop_path.drop_prob = 0.5
    torch.manual_seed(0)
    kept_or_dropped = set(module.train()(torch.ones(64, 1, 1, 1)).flatten().tolist())
    assert kept_or_dropped == {1.0, 5.0}  # a kept branch is scaled by 1 / (1 - 0.5)
    assert set(module.eval()(torch.ones(64, 1, 1, 1)).flatten().tolist()) == {3.0}


def test_a_shape_rounds_strided_sides_up_and_prints_channels_first():
    assert str(Shape(3, 7, 8).strided(2)) == "3x4x4"
