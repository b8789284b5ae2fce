"""The uniform average against learned attention whose queries and keys are zero."""

import pytest
import torch

from moat_lab.ops import Attention, Count, Shape, UniformAttention

WIDTH, HEAD = 8, 4


def pair(**window) -> tuple[torch.nn.Module, torch.nn.Module]:
    """Frozen attention, and learned attention with the same values whose products are all zero."""
    torch.manual_seed(0)
    frozen = UniformAttention(**window).build(Shape(WIDTH, 1, 1)).double()
    learned = Attention(head=HEAD, **window).build(Shape(WIDTH, 1, 1)).double()
    with torch.no_grad():
        for parameter in frozen.parameters():
            parameter.normal_()
        learned.qkv.weight.zero_()
        learned.qkv.bias.zero_()
        learned.qkv.weight[2 * WIDTH :] = frozen.value.weight
        learned.qkv.bias[2 * WIDTH :] = frozen.value.bias
        learned.out.load_state_dict(frozen.out.state_dict())
    return frozen, learned


@pytest.mark.parametrize("size", [(6, 4), (7, 5), (2, 3), (1, 1), (1, 5)])
@pytest.mark.parametrize(
    "window",
    [
        {},
        {"window": (3, 2)},
        {"window": (4, 4)},
        {"window": (3, 2), "dilated": True},
        {"window": (3, 2), "shift": (1, 1)},
        {"window": (4, 3), "shift": (3, 2)},
    ],
    ids=str,
)
def test_it_is_attention_whose_weights_are_all_alike(size, window):
    frozen, learned = pair(**window)
    x = torch.randn(2, WIDTH, *size, dtype=torch.float64)
    assert (frozen(x) - learned(x)).abs().max() < 1e-12


def test_a_window_gets_the_mean_of_its_own_pixels_and_not_of_its_padding():
    module = UniformAttention(window=(1, 2)).build(Shape(1, 1, 3))
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.fill_(1.0 if parameter.ndim > 1 else 0.0)
        assert module(torch.tensor([[[[1.0, 3, 5]]]])).flatten().tolist() == [2, 2, 5]


@pytest.mark.parametrize("window", [{}, {"window": (3, 3)}, {"window": (3, 3), "shift": (1, 1)}], ids=str)
def test_the_mean_costs_nothing_beside_the_two_linear_layers(window):
    op = UniformAttention(**window)
    assert op.count(Shape(8, 5, 5)) == Count(params=2 * 64 + 16, macs=2 * 64 * 25, activations=2 * 8 * 25)


def test_a_batch_may_be_empty():
    module = UniformAttention(window=(2, 2)).build(Shape(WIDTH, 1, 1))
    assert module(torch.zeros(0, WIDTH, 3, 3)).shape == (0, WIDTH, 3, 3)
