"""Segmentation's loss and scores, against a plain definition and a library's."""

import numpy as np
import pytest
import torch

from moat_lab.tasks import TASKS
from moat_lab.tasks.segmentation import class_ious, cross_entropy, results, totals

K = 4


def random_set(seed: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Logits and maps; some classes never occur, some pixels, images or all of a set are of no class."""
    rng = np.random.default_rng(seed)
    images, side = int(rng.integers(1, 4)), int(rng.integers(1, 9))
    logits = (
        rng.normal(size=(images, K, side, side)) + 3 * (np.arange(K) < rng.integers(1, K + 1))[:, None, None]
    )
    maps = rng.integers(0, rng.integers(1, K + 1), size=(images, side, side))
    maps[rng.random(maps.shape) < rng.choice([0, 0.3, 1])] = 255
    return torch.from_numpy(logits).float(), torch.from_numpy(maps.astype(np.uint8))


def plain_ious(predicted: np.ndarray, maps: np.ndarray) -> list[float | None]:
    known, ious = maps != 255, []
    for each in range(K):
        a, b = (predicted == each) & known, (maps == each) & known
        ious.append((a & b).sum() / (a | b).sum() if (a | b).any() else None)
    return ious


@pytest.mark.parametrize("seed", range(100))
def test_iou_is_that_of_the_plain_definition_and_of_torchmetrics(seed):
    from torchmetrics.classification import MulticlassJaccardIndex

    logits, maps = random_set(seed)
    found = totals(logits, maps)
    expected = plain_ious(logits.argmax(1).numpy(), maps.numpy())
    assert class_ious(found) == expected
    there = [iou for iou in expected if iou is not None]
    assert results(found, len(maps))["miou"] == pytest.approx(np.mean(there) if there else 0.0, abs=1e-12)
    if there:
        library = MulticlassJaccardIndex(K, ignore_index=255)(logits.argmax(1), maps.long())
        assert results(found, len(maps))["miou"] == pytest.approx(float(library), abs=1e-6)


def test_totals_add_up_over_batches():
    sets = [(logits, maps) for logits, maps in map(random_set, range(40)) if logits.shape[-1] == 5]
    assert len(sets) > 1
    whole = totals(torch.cat([logits for logits, _ in sets]), torch.cat([maps for _, maps in sets]))
    parts = [totals(*each) for each in sets]
    assert torch.equal(whole["confusion"], sum(part["confusion"] for part in parts))
    assert float(whole["loss"]) == pytest.approx(float(sum(part["loss"] for part in parts)), rel=1e-5)


def test_two_halves_right_and_one_class_that_is_nowhere():
    maps = torch.tensor([[[0, 0, 1, 255]]], dtype=torch.uint8)
    logits = torch.nn.functional.one_hot(torch.tensor([[[0, 1, 1, 0]]]), 3).permute(0, 3, 1, 2).float()
    found = totals(logits, maps)
    assert found["confusion"].tolist() == [[1, 1, 0], [0, 1, 0], [0, 0, 0]]
    assert class_ious(found) == [0.5, 0.5, None]
    assert results(found, 1) == {"miou": 0.5, "pixel_accuracy": pytest.approx(2 / 3)}


def test_pixels_of_no_class_neither_cost_nor_pull():
    logits = torch.randn(2, 3, 4, 4, generator=torch.Generator().manual_seed(0), requires_grad=True)
    maps = torch.ones(2, 4, 4, dtype=torch.uint8)
    maps[0, :, :2], maps[1] = 255, 255
    loss = cross_entropy(logits, maps)
    loss.backward()
    assert logits.grad[0, :, :, :2].abs().max() == logits.grad[1].abs().max() == 0
    known = torch.nn.functional.cross_entropy(logits[:1, :, :, 2:], torch.ones(1, 4, 2, dtype=torch.long))
    assert loss.item() == pytest.approx(float(known) / 2)  # the second image has nothing to learn
    assert cross_entropy(logits, maps, reduction="none").tolist() == pytest.approx([float(known), 0.0])


def test_recipes_that_name_no_head_take_deeplabv3plus():
    assert type(TASKS["segmentation"].head).__name__ == "DeepLabV3Plus"
    assert TASKS["classification"].head is None
