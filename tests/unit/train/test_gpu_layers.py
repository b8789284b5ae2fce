"""Layers in another form give the same values, by the same weights."""

import pytest
import torch

from moat_lab.grammar import to_network
from moat_lab.models import build
from moat_lab.train.gpu_layers import PointwiseProduct, stackable, with_products

TEXT = "stem(8) | 1x mbconv(se=0.25) @8 | 1x mbconv+attn(head=8, window=3) @16 | 1x attn(head=8)+mlp @16"


@pytest.mark.parametrize("other", [with_products, stackable])
def test_values_gradients_and_running_statistics_are_those_of_the_usual_layers(other):
    torch.manual_seed(0)
    one, many = build(to_network(f"{TEXT} for 16px"), 5, 3), build(to_network(f"{TEXT} for 16px"), 5, 3)
    many.load_state_dict(one.state_dict())
    other(many)
    images = torch.randn(4, 3, 16, 16).to(memory_format=torch.channels_last)
    made = [model.train()(images) for model in (one, many)]
    assert torch.allclose(*made, atol=1e-5)
    for scores in made:
        scores.square().sum().backward()
    for (name, weight), of_many in zip(one.named_parameters(), many.parameters(), strict=True):
        assert torch.allclose(weight.grad, of_many.grad, atol=1e-4), name
    for (name, expected), found in zip(one.state_dict().items(), many.state_dict().values(), strict=True):
        assert torch.allclose(expected.float(), found.float(), atol=1e-6), name


def test_convolutions_of_more_than_one_pixel_stay():
    model = with_products(build(to_network(f"{TEXT} for 16px"), 5, 3))
    kinds = {module.kernel_size for module in model.modules() if isinstance(module, PointwiseProduct)}
    assert kinds == {(1, 1)}
    assert sum(isinstance(module, PointwiseProduct) for module in model.modules()) == 5
