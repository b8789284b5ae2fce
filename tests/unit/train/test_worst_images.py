"""The images with the lowest scores are kept, in any order of batches."""

import torch

from moat_lab.tasks import TASKS
from moat_lab.train.validation import validate
from moat_lab.train.worst_images import WorstImages

TASK = TASKS["segmentation"]


def logits(*shares: int) -> torch.Tensor:
    """(N, 2, 1, 4): of each image so many of four pixels are predicted as class 1."""
    of_one = torch.tensor([[[float(at < share) for at in range(4)]] for share in shares])
    return torch.stack([1 - of_one, of_one], dim=1)


def kept(batches, most):
    mean, deviation = torch.full((1, 2, 1, 1), 10.0), torch.full((1, 2, 1, 1), 100.0)
    worst = WorstImages(TASK, most, mean, deviation)
    validate(TASK, torch.nn.Identity(), batches, torch.autocast("cpu", enabled=False), worst)
    return worst


def test_the_worst_come_first_whatever_the_batch():
    images, ones = logits(4, 1, 3, 0, 2), torch.ones(5, 1, 4, dtype=torch.uint8)
    whole = kept([(images, ones)], 3)
    split = kept([(images[:2], ones[:2]), (images[2:], ones[2:])], 3)
    for found in (whole, split):
        assert [image.score for image in found.worst] == [0.0, 0.125, 0.25]
    assert whole.worst[1].prediction.classes.tolist() == [[1, 0, 0, 0]]
    assert whole.worst[1].label.classes.tolist() == [[1, 1, 1, 1]]


def test_pixels_are_those_before_normalisation():
    (image,) = kept([(logits(1), torch.ones(1, 1, 4, dtype=torch.uint8))], 1).worst
    assert image.pixels[0].tolist() == [[10, 110], [110, 10], [110, 10], [110, 10]]
