"""Average precision against pycocotools, on random sets of boxes and masks."""

import contextlib
import io

import numpy as np
import pytest
import torch

from moat_lab.data.objects import Objects
from moat_lab.tasks import TASKS
from moat_lab.tasks._average_precision import NAMES, average_precisions, listed, truth_of
from moat_lab.tasks._found_lines import FOUND, THERE, encoded, images_of

SIDE = 160


def random_set(seed: int) -> list[dict]:
    """Images with 0 to 5 things, some of them crowds; found are most of them, moved, and some others."""
    rng = np.random.default_rng(seed)
    images = []
    for _ in range(int(rng.integers(1, 5))):
        there = [random_thing(rng) for _ in range(int(rng.integers(0, 6)))]
        for thing in there:
            thing["iscrowd"] = int(rng.random() < 0.15)
        found = [moved(thing, rng) for thing in there if rng.random() < 0.8]
        found += [random_thing(rng) for _ in range(int(rng.integers(0, 4)))]
        for thing in found:
            thing["score"] = float(rng.random())
        images.append({THERE: there, FOUND: found if rng.random() < 0.9 else []})
    return images


def random_thing(rng, box=None, label=None) -> dict:
    left, top, width, height = box or (*rng.integers(0, 90, 2).tolist(), *rng.integers(1, 70, 2).tolist())
    mask = np.zeros((SIDE, SIDE), dtype=bool)
    mask[top : top + height, left : left + width] = True
    label = int(rng.integers(0, 3)) if label is None else label
    box = [float(each) for each in (left, top, width, height)]
    return {"category_id": label, "bbox": box, "area": int(mask.sum()), "segmentation": encoded(mask)}


def moved(thing: dict, rng) -> dict:
    left, top, width, height = (int(each) for each in thing["bbox"])
    left, top = max(0, left + int(rng.integers(-4, 5))), max(0, top + int(rng.integers(-4, 5)))
    width, height = max(1, width + int(rng.integers(-4, 5))), max(1, height + int(rng.integers(-4, 5)))
    return random_thing(rng, (left, top, width, height), thing["category_id"])


def of_pycocotools(images: list[dict], kind: str) -> list[float]:
    from pycocotools.coco import COCO
    from pycocotools.cocoeval import COCOeval

    there, found = listed(images, THERE), listed(images, FOUND)
    with contextlib.redirect_stdout(io.StringIO()):
        truth = COCO()
        truth.dataset = truth_of(images, there, found)
        truth.createIndex()
        judged = COCOeval(truth, truth.loadRes([dict(thing) for thing in found]), kind)
        judged.evaluate()
        judged.accumulate()
        judged.summarize()
    return judged.stats[:6].tolist()


@pytest.mark.parametrize("kind", ["bbox", "segm"])
def test_it_is_that_of_pycocotools(kind):
    compared, undefined = 0, 0
    for seed in range(100):
        images = random_set(seed)
        if not listed(images, FOUND):
            continue
        expected = of_pycocotools(images, kind)
        found = average_precisions(images, kind)
        for name, value in zip(NAMES, expected, strict=True):
            if value < 0:
                assert found[name] is None
                undefined += 1
            else:
                assert found[name] == pytest.approx(value, abs=1e-4)
                compared += 1
    assert compared > 300
    assert undefined > 30


def test_what_finds_nothing_scores_0_and_where_nothing_is_there_is_no_score():
    rng = np.random.default_rng(0)
    thing = random_thing(rng, (10, 10, 20, 20)) | {"iscrowd": 0}
    missed = average_precisions([{THERE: [thing], FOUND: []}], "bbox")
    assert missed == {"": 0, "50": 0, "75": 0, "_small": 0, "_medium": None, "_large": None}
    nothing = average_precisions([{THERE: [], FOUND: [thing | {"score": 0.5}]}], "bbox")
    assert set(nothing.values()) == {None}
    assert set(average_precisions([{THERE: [thing | {"iscrowd": 1}], FOUND: []}], "bbox").values()) == {None}


def one_image(box=(20, 10, 60, 40)) -> tuple[dict, Objects]:
    """A thing that is found where it is, with its mask."""
    left, top, right, bottom = box
    instances = torch.full((1, 96, 96), -1, dtype=torch.int16)
    instances[0, top:bottom, left:right] = 0
    boxes = torch.tensor([[box]], dtype=torch.float32)
    objects = Objects(
        classes=torch.tensor([[1]]),
        boxes=boxes,
        crowd=torch.zeros(1, 1, dtype=torch.bool),
        instances=instances,
    )
    found = {"boxes": boxes[0], "scores": torch.tensor([0.9]), "labels": torch.tensor([1])}
    return {"loss": torch.tensor(2.0), "found": [found | {"masks": torch.ones(1, 1, 28, 28)}]}, objects


def test_a_thing_that_is_found_scores_1_in_boxes_and_masks():
    totals = TASKS["instances"].totals(*one_image())
    assert float(totals["loss"]) == 2.0
    (image,) = images_of(totals["lines"])
    assert image[THERE][0]["bbox"] == [20, 10, 40, 30]
    assert image[THERE][0]["area"] == 1200
    assert TASKS["instances"].results(totals, 1) == {
        "box_ap": 1, "box_ap50": 1, "box_ap75": 1, "box_ap_medium": 1,
        # A mask of 28 x 28 ends half a place of it before the border of its box.
        "mask_ap": pytest.approx(0.8), "mask_ap50": 1, "mask_ap75": 1, "mask_ap_medium": pytest.approx(0.8),
    }  # fmt: skip


def test_a_box_off_by_half_counts_against_it():
    outputs, objects = one_image()
    outputs["found"][0]["boxes"] = torch.tensor([[20.0, 10.0, 60.0, 28.0]])  # an overlap of 0.6
    scores = TASKS["detection"].results(TASKS["detection"].totals(outputs, objects), 1)
    assert scores["box_ap50"] == 1
    assert scores["box_ap75"] == 0
    assert scores["box_ap"] == pytest.approx(0.3)  # three of the ten overlaps: 0.5, 0.55, 0.6


def test_batches_are_appended_in_any_order():
    one, other = one_image(), one_image((0, 0, 30, 90))
    other[0]["found"][0]["labels"] = torch.tensor([0])
    parts = [TASKS["detection"].totals(*each)["lines"] for each in (one, other)]
    first, last = (
        TASKS["detection"].results({"lines": torch.cat(order)}, 2) for order in (parts, parts[::-1])
    )
    assert first == last
    assert 0 < first["box_ap"] < 1
