import math

import pytest
import torch
from torch import nn

from moat_lab import build
from moat_lab.tasks.classification import TASK
from moat_lab.train.scores.synflow import synflow

LABELS = torch.zeros(1, dtype=torch.long)


def chain(*between):
    """Two linear layers of 2 -> 2 -> 1 channels."""
    first, second = nn.Conv2d(2, 2, 1, bias=False), nn.Conv2d(2, 1, 1, bias=False)
    with torch.no_grad():
        first.weight.copy_(torch.tensor([[1.0, -2.0], [3.0, 4.0]]).reshape(2, 2, 1, 1))
        second.weight.copy_(torch.tensor([-1.0, 2.0]).reshape(1, 2, 1, 1))
    return nn.Sequential(first, *between, second)


def test_a_chain_of_two_layers_has_the_flow_that_one_computes_by_hand():
    # |second| @ |first| @ (1, 1) is 1 * 3 + 2 * 7 = 17, and all of it flows through each of the two layers.
    score = synflow(chain(), torch.randn(5, 2, 1, 1), LABELS, TASK)
    assert score == pytest.approx(math.log(34), rel=1e-12)


def test_norms_neither_change_the_flow_nor_count():
    norm = nn.BatchNorm2d(2)
    nn.init.constant_(norm.running_mean, 5.0), nn.init.constant_(norm.weight, 3.0)
    assert synflow(chain(norm), torch.randn(5, 2, 1, 1), LABELS, TASK) == pytest.approx(
        math.log(34), rel=1e-12
    )


def test_only_the_shape_of_an_image_counts():
    torch.manual_seed(0)
    model = build("stem(8) | 1x mbconv+attn(head=8) @8 for 16px", 10, 1)
    images = torch.randn(3, 1, 16, 16)
    assert synflow(model, images, LABELS, TASK) == synflow(model, images[:1] * 9, LABELS, TASK)


def test_a_deeper_network_has_more_flow_and_a_very_deep_one_a_finite_one():
    shallow, deep, deepest = (
        synflow(
            build(f"stem(8) | {n}x mbconv+attn(head=8) @8 for 16px", 10, 1),
            torch.zeros(1, 1, 16, 16),
            LABELS,
            TASK,
        )
        for n in (1, 4, 40)
    )
    assert shallow + 10 < deep
    assert deep + 100 < deepest < math.inf


def test_without_any_flow_it_is_minus_infinity():
    layers = chain()
    nn.init.zeros_(layers[1].weight)
    assert synflow(layers, torch.randn(5, 2, 1, 1), LABELS, TASK) == -math.inf
