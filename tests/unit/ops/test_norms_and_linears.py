"""Norms, linear layers and squeeze-and-excitation per pixel and channel."""

import pytest
import torch
import torch.nn.functional as F

from moat_lab.ops import BatchNorm, Count, Gelu, LayerNorm, Linear, Shape, SqueezeExcite


def test_layer_norm_is_over_the_channels_of_each_pixel_with_epsilon_1e_5():
    spread = 1e-5**0.5
    x = torch.tensor([[[[3.0, spread]], [[-3.0, -spread]]]])
    out = LayerNorm().build(Shape(2, 1, 2))(x)
    assert out[0, 0, 0].tolist() == pytest.approx([1, 0.5**0.5], abs=1e-5)
    assert out[0, 1, 0].tolist() == pytest.approx([-1, -(0.5**0.5)], abs=1e-5)


def test_batch_norm_has_epsilon_1e_3():
    norm = BatchNorm().build(Shape(1, 1, 1)).eval()
    norm.running_var.fill_(0)
    assert norm(torch.full((1, 1, 1, 1), 1.0)).item() == pytest.approx(1000**0.5)


def test_gelu_is_exact():
    assert Gelu().build(Shape(1, 1, 1))(torch.tensor(1.0)).item() == pytest.approx(0.8413447, abs=1e-6)


def test_a_linear_layer_is_a_convolution_of_one_pixel():
    linear, x = Linear(width=5).build(Shape(3, 4, 2)), torch.randn(2, 3, 4, 2)
    expected = F.conv2d(x, linear.weight[:, :, None, None], linear.bias)
    torch.testing.assert_close(linear(x), expected)


def test_squeeze_excite_gates_with_silu_between_its_layers():
    gate = SqueezeExcite(hidden=1).build(Shape(2, 1, 2))
    with torch.no_grad():
        for parameter in gate.parameters():
            parameter.zero_()
        gate.fc1.weight[0, 0] = 1
        gate.fc2.weight[1, 0] = 1
        out = gate(torch.tensor([[[[1.0, 3.0]], [[1.0, 1.0]]]]))
    silu_of_the_mean = 2 / (1 + torch.e**-2)
    assert out[0, 0, 0].tolist() == pytest.approx([0.5, 1.5])
    assert out[0, 1, 0].tolist() == pytest.approx([1 / (1 + torch.e**-silu_of_the_mean)] * 2)


@pytest.mark.parametrize(
    ("op", "count"),
    [
        (LayerNorm(), Count(params=12)),
        (BatchNorm(), Count(params=12)),
        (Gelu(), Count()),
        (Linear(width=4), Count(params=28, macs=480, activations=80)),
        (SqueezeExcite(hidden=2), Count(params=32, macs=24, activations=8)),
    ],
)
def test_cost_on_six_channels_of_five_by_four(op, count):
    assert op.count(Shape(6, 5, 4)) == count
