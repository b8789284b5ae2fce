import math

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from moat_lab import build
from moat_lab.tasks.classification import TASK
from moat_lab.train.scores.grad_norm import grad_norm


def test_a_linear_layer_has_the_norm_that_one_computes_by_hand():
    layer = nn.Sequential(nn.Flatten(), nn.Linear(2, 2))
    nn.init.zeros_(layer[1].weight), nn.init.zeros_(layer[1].bias)
    image = torch.tensor([3.0, 4.0]).reshape(1, 2, 1, 1)
    # Scores are equal: the gradient is (-1/2, 1/2), times the image for the weights, as it is for the bias.
    assert grad_norm(layer, image, torch.tensor([0]), TASK) == pytest.approx(math.sqrt(13))


def test_it_is_the_sum_over_all_weights_that_backward_gives():
    torch.manual_seed(0)
    model = build("stem(8) | 1x mbconv(se=0.25)+attn(head=8) @8 for 16px", 10, 1)
    images, labels = torch.randn(6, 1, 16, 16), torch.arange(6)
    score = grad_norm(model, images, labels, TASK)
    F.cross_entropy(model.train()(images), labels).backward()
    squares = [float(p.grad.double().square().sum()) for p in model.parameters()]
    assert score == pytest.approx(math.sqrt(sum(squares)), rel=1e-5)


def test_labels_that_are_right_already_pull_less():
    layer = nn.Sequential(nn.Flatten(), nn.Linear(2, 2, bias=False))
    with torch.no_grad():
        layer[1].weight.copy_(torch.tensor([[4.0, 0.0], [0.0, 4.0]]))
    images = torch.eye(2).reshape(2, 2, 1, 1)
    right, wrong = (grad_norm(layer, images, torch.tensor(labels), TASK) for labels in ([0, 1], [1, 0]))
    assert right < 0.1 * wrong
