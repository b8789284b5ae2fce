"""Average pooling pads as TensorFlow's SAME does, and leaves the padding out of the average."""

import pytest
import torch

from moat_lab.ops import AveragePool, Count, GlobalMean, Shape


def pooled(kernel: int, side: int) -> list[list[float]]:
    pool = AveragePool(kernel=kernel, stride=2).build(Shape(1, side, side))
    return pool(torch.arange(float(side * side)).reshape(1, 1, side, side))[0, 0].tolist()


def test_an_odd_side_ends_in_smaller_windows():
    assert pooled(2, side=3) == [[2, 3.5], [6.5, 8]]


def test_kernel_3_at_an_even_side_starts_at_the_first_pixel():
    assert pooled(3, side=4) == [[5, 6.5], [11, 12.5]]


def test_kernel_3_at_an_odd_side_starts_one_pixel_before():
    assert pooled(3, side=3) == [[2, 3], [5, 6]]


@pytest.mark.parametrize("kernel", [1, 2, 3, 7])
def test_one_pixel_is_its_own_average(kernel):
    pool = AveragePool(kernel=kernel, stride=2).build(Shape(1, 1, 1))
    assert pool(torch.full((1, 1, 1, 1), 3.0)).tolist() == [[[[3.0]]]]


@pytest.mark.parametrize("kernel", [1, 2, 3, 4, 5])
@pytest.mark.parametrize("side", range(1, 10))
def test_the_average_of_ones_is_one_everywhere(kernel, side):
    pool = AveragePool(kernel=kernel, stride=2).build(Shape(1, side, side))
    half = (side + 1) // 2
    assert torch.equal(pool(torch.ones(1, 1, side, side)), torch.ones(1, 1, half, half))


def test_the_global_mean_is_a_map_of_one_pixel():
    assert GlobalMean().build(Shape(1, 2, 2))(torch.tensor([[[[1.0, 2], [3, 6]]]])).tolist() == [[[[3.0]]]]
    assert GlobalMean().out(Shape(7, 5, 4)) == Shape(7, 1, 1)


def test_pooling_costs_nothing():
    assert AveragePool(kernel=2, stride=2).count(Shape(3, 8, 8)) == Count(0, 0, 0)
    assert AveragePool(kernel=3, stride=2).out(Shape(3, 7, 8)) == Shape(3, 4, 4)
