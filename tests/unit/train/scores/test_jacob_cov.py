import math

import pytest
import torch
from torch import nn

from moat_lab import build
from moat_lab.tasks.classification import TASK
from moat_lab.train.scores.jacob_cov import jacob_cov

LABELS = torch.zeros(2, dtype=torch.long)


@pytest.mark.parametrize("activation", [nn.GELU(), nn.SiLU(inplace=True), nn.ReLU(inplace=True)], ids=str)
def test_two_images_that_agree_in_three_of_four_bits(activation):
    images = torch.tensor([[0.1, 2.0, -3.0, -1.0], [5.0, -0.2, -1.0, 0.0]]).reshape(2, 1, 2, 2)
    # The kernel is ((4, 3), (3, 4)), and its determinant 7.
    assert jacob_cov(nn.Sequential(activation), images, LABELS, TASK) == pytest.approx(math.log(7), rel=1e-5)


def test_the_bits_of_all_activations_count():
    images = torch.tensor([[0.1, 2.0, -3.0, -1.0], [5.0, -0.2, -1.0, 0.0]]).reshape(2, 1, 2, 2)
    # GELU keeps the sign, or gives -0 for it: twice the same bits, ((8, 6), (6, 8)).
    assert jacob_cov(nn.Sequential(nn.GELU(), nn.GELU()), images, LABELS, TASK) == pytest.approx(
        math.log(28), rel=1e-5
    )


def test_a_batch_of_one_image_many_times_is_told_apart_worse_than_distinct_images():
    torch.manual_seed(0)
    model = build("stem(8) | 1x mbconv+attn(head=8) @8 for 16px", 10, 1)
    distinct = torch.randn(6, 1, 16, 16)
    same = distinct[:1].repeat(6, 1, 1, 1)
    nearly = same + 0.1 * distinct
    scores = [jacob_cov(model, images, LABELS, TASK) for images in (same, nearly, distinct)]
    assert scores == sorted(scores)
    assert scores[0] + 10 < scores[1] < scores[2] - 1


def test_without_activations_the_ridge_alone_is_left():
    model = build("stem(8) | 1x attn(head=8) @8 for 16px", 10, 1)
    score = jacob_cov(model, torch.randn(3, 1, 16, 16), LABELS, TASK)
    assert score == pytest.approx(3 * math.log(1e-6))
