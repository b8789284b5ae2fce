"""Convolutions pad as TensorFlow's SAME does."""

import pytest
import torch

from moat_lab.ops import Conv, Count, Depthwise, Shape
from moat_lab.ops.modules.conv import same_padding


@pytest.mark.parametrize(
    ("side", "kernel", "stride", "before", "after"),
    [
        (224, 3, 2, 0, 1),
        (4, 3, 2, 0, 1),
        (5, 3, 2, 1, 1),
        (1, 3, 2, 1, 1),
        (7, 3, 1, 1, 1),
        (4, 2, 1, 0, 1),
        (4, 5, 2, 1, 2),
        (100, 16, 16, 6, 6),
        (5, 1, 2, 0, 0),
        (7, 2, 4, 0, 0),
    ],
)
def test_the_odd_zero_goes_after(side, kernel, stride, before, after):
    assert same_padding(side, kernel, stride) == (before, after)


def pick(row: int, column: int, side: int) -> list[list[float]]:
    """What a 3x3 kernel of stride 2 with a single one gives on 0, 1, 2 ... in rows of `side`."""
    conv = Conv(width=1, kernel=3, stride=2).build(Shape(1, side, side))
    with torch.no_grad():
        conv.weight.zero_()[0, 0, row, column] = 1
        return conv(torch.arange(float(side * side)).reshape(1, 1, side, side))[0, 0].tolist()


def test_at_an_even_side_the_kernels_centres_are_the_odd_pixels():
    assert pick(1, 1, side=4) == [[5, 7], [13, 15]]


def test_at_an_odd_side_the_kernels_centres_are_the_even_pixels():
    assert pick(1, 1, side=5) == [[0, 2, 4], [10, 12, 14], [20, 22, 24]]


def test_zeros_stand_after_the_map_and_none_before_at_an_even_side():
    assert pick(2, 2, side=4) == [[10, 0], [0, 0]]
    assert pick(0, 0, side=4) == [[0, 2], [8, 10]]


def test_depthwise_keeps_channels_apart():
    conv = Depthwise().build(Shape(2, 3, 3))
    with torch.no_grad():
        conv.weight.zero_()[:, 0, 1, 1] = torch.tensor([2.0, 3.0])
        out = conv(torch.ones(1, 2, 3, 3))
    assert out[0, :, 0, 0].tolist() == [2, 3]


@pytest.mark.parametrize(
    ("op", "count"),
    [
        (Conv(width=4, kernel=3, stride=2, bias=True), Count(params=112, macs=972, activations=36)),
        (Conv(width=4), Count(params=12, macs=300, activations=100)),
        (Depthwise(stride=2), Count(params=27, macs=243, activations=27)),
        (Depthwise(kernel=5), Count(params=75, macs=1875, activations=75)),
    ],
)
def test_cost_on_three_channels_of_five_by_five(op, count):
    assert op.count(Shape(3, 5, 5)) == count
