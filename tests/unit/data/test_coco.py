"""COCO's folders, written here in their exact format."""

import json

import numpy as np
import pytest
import torch
from PIL import Image

from moat_lab.data import dataset
from moat_lab.errors import UserError
from moat_lab.train import Recipe, evaluate
from moat_lab.train.images import load_images

CATEGORIES = [{"id": 3, "name": "dog"}, {"id": 1, "name": "cat"}]
SQUARE = {"id": 1, "image_id": 7, "category_id": 3, "bbox": [10, 4, 20, 8], "iscrowd": 0, "area": 160}
POLYGON = [[10, 4, 30, 4, 30, 12, 10, 12]]


def tree(root, annotations=(), name="train2017", images=2, **changes):
    """Images of 40x20 pixels, the second one white, with annotations of the first (7) and second (8)."""
    (root / "annotations").mkdir(exist_ok=True)
    (root / name).mkdir(exist_ok=True)
    listed = []
    for at in range(images):
        file = f"{at:012d}.jpg"
        Image.new("RGB", (40, 20), (255 * at,) * 3).save(root / name / file)
        listed.append({"id": 7 + at, "file_name": file, "width": 40, "height": 20})
    content = {"images": listed, "categories": CATEGORIES, "annotations": list(annotations)} | changes
    (root / "annotations" / f"instances_{name}.json").write_text(json.dumps(content))
    return dataset(f"coco:{root}")


def runs(top, bottom, left, right):
    """Uncompressed, column by column, as COCO writes crowds."""
    mask = np.zeros((20, 40), dtype=int)
    mask[top:bottom, left:right] = 1
    flat = mask.T.ravel()  # the first run is of nothing, and may be of no pixel
    ends = np.flatnonzero(np.diff(flat, prepend=0))
    return {"size": [20, 40], "counts": np.diff([0, *ends, flat.size]).tolist()}


def test_images_fill_their_longer_side_and_boxes_and_masks_go_with_them(tmp_path):
    data = tree(tmp_path, [SQUARE | {"segmentation": POLYGON}])
    pixels, objects = data.images(20)
    assert (data.classes, data.num_classes, data.size, data.labels) == (("cat", "dog"), 2, 2, "objects")
    assert pixels.shape == (2, 3, 20, 20)
    assert pixels[1, :, :10].min() == 255
    assert pixels[1, :, 10:].max() == 0  # below the image
    assert objects.classes.tolist() == [[1], [-1]]  # an image may be empty
    assert objects.boxes[0].tolist() == [[5, 2, 15, 6]]
    rows, columns = np.nonzero(objects.instances[0] == 0)
    assert (rows.min(), rows.max(), columns.min(), columns.max(), len(rows)) == (2, 5, 5, 14, 40)
    assert (objects.instances[1] == -1).all()


def test_a_crowd_is_one_and_lies_below_what_stands_in_it(tmp_path):
    crowd = SQUARE | {"id": 2, "iscrowd": 1, "bbox": [0, 0, 40, 20], "segmentation": runs(0, 20, 0, 40)}
    _, objects = tree(tmp_path, [SQUARE | {"segmentation": POLYGON}, crowd]).images(40)
    assert objects.crowd.tolist() == [[False, True], [False, False]]
    assert int((objects.instances[0] == 0).sum()) == 160
    assert int((objects.instances[0] == 1).sum()) == 800 - 160


def test_runs_are_masks_as_polygons_are(tmp_path):
    _, objects = tree(tmp_path, [SQUARE | {"segmentation": runs(4, 12, 10, 30)}]).images(40)
    assert np.array_equal(np.argwhere(objects.instances[0] == 0).min(axis=0), [4, 10])
    assert int((objects.instances[0] == 0).sum()) == 160


BAD = {
    "with a box without area": {"bbox": [1, 1, 0, 5]},
    "of an unknown class": {"category_id": 9},
    "of an unknown image": {"image_id": 99},
    "without a box": {"bbox": None},
}


def test_annotations_that_cannot_be_used_are_named_and_counted(tmp_path, capsys):
    bad = [SQUARE | {"id": 10 + at} | change for at, change in enumerate(BAD.values())]
    data = tree(tmp_path, [SQUARE, *bad, bad[0] | {"id": 20}])
    said = capsys.readouterr().err
    assert f"coco:{tmp_path}: 5 images and annotations are left out\n" in said
    assert "  2 with a box without area: instances_train2017.json, annotation 10, " in said
    for reason in list(BAD)[1:]:
        assert f"  1 {reason}: instances_train2017.json, annotation 1" in said
    assert len(data.ignored_files) == 5
    assert data.images(20)[1].classes.tolist() == [[1], [-1]]


@pytest.mark.parametrize(
    "segmentation",
    [[[1, 1, 5]], "abc", {"size": [20, 40], "counts": [10, 5]}, {"size": [3, 3], "counts": [4, 5]}, {"a": 1}],
    ids=str,
)
def test_a_broken_segmentation_leaves_the_box(tmp_path, capsys, segmentation):
    _, objects = tree(tmp_path, [SQUARE | {"segmentation": segmentation}]).images(20)
    assert objects.boxes[0].tolist() == [[5, 2, 15, 6]]
    assert (objects.instances == -1).all()
    assert "  1 with a broken segmentation, which keep their boxes: 000000000000.jpg, thing 1" in (
        capsys.readouterr().err
    )


def test_a_box_outside_of_its_image_and_a_broken_file_are_left_out(tmp_path, capsys):
    data = tree(tmp_path, [SQUARE | {"bbox": [50, 4, 9, 9]}, SQUARE | {"image_id": 8}])
    (tmp_path / "train2017" / "000000000001.jpg").write_bytes(b"no image")
    pixels, objects = data.images(20)
    assert (objects.classes == -1).all()
    assert pixels[1].max() == 0
    assert [(one.position, one.name, one.reason) for one in data.skipped(20)] == [
        (1, "000000000001.jpg", "broken")
    ]
    said = capsys.readouterr().err
    assert "2 images and annotations are left out" in said
    assert "  1 with a box outside of its image: 000000000000.jpg, thing 1" in said


def test_the_val_file_is_the_val_part_and_a_test_file_is_not_opened(tmp_path):
    tree(tmp_path, [SQUARE])
    (tmp_path / "annotations" / "instances_test2017.json").write_text("no JSON")
    data = tree(tmp_path, [SQUARE | {"image_id": 8}], name="val2017", images=3)
    assert data.from_val.tolist() == [False, False, True, True, True]
    assert data.images(20)[1].classes[:, 0].tolist() == [1, -1, -1, 1, -1]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("{", "cannot be read as JSON"),
        ("[]", "a list 'images' of mappings is needed"),
        ('{"images": [{"id": 1}]}', "each of 'images' needs file_name"),
    ],
)
def test_a_file_that_is_none_of_coco_s_is_an_error_that_names_it(tmp_path, content, said):
    (tmp_path / "annotations").mkdir()
    (tmp_path / "annotations" / "instances_train2017.json").write_text(content)
    with pytest.raises(UserError, match=r"instances_train2017\.json.*" + said):
        dataset(f"coco:{tmp_path}")


def test_a_folder_without_annotations_is_an_error_that_says_what_is_needed(tmp_path):
    with pytest.raises(UserError, match=r"instances_NAME\.json is needed in .*annotations; there is none"):
        dataset(f"coco:{tmp_path}")


RECIPE = {
    "task": "detection",
    "head": {"kind": "fcos", "channels": 64, "layers": 1, "finest": 4, "coarser": False},
    "resolution": 32,
    "train": "all",
    "val": "all",
    "epochs": 1,
    "batch": 2,
    "learning_rate": 0.001,
    "augmentation": {"flip": True, "crop": 0.5},
}


def photos(root):
    """Four images for training, one of them broken, with things, one of them outside; two for validation."""
    things = [
        SQUARE | {"segmentation": POLYGON},
        SQUARE | {"image_id": 8, "bbox": [2, 3, 9, 9]},
        SQUARE | {"image_id": 9, "bbox": [50, 4, 9, 9]},
    ]
    tree(root, things, images=4)
    (root / "train2017" / "000000000003.jpg").write_bytes(b"no image")
    tree(root, [SQUARE], name="val2017")
    return Recipe(data=f"coco:{root}", **RECIPE)


@pytest.mark.parametrize("memory", ["resident", "streamed"])
def test_a_detector_trains_on_it(tmp_path, monkeypatch, memory):
    if memory == "streamed":
        monkeypatch.setenv("MOAT_LAB_MEMORY_SHARE", "1e-9")
    done = evaluate("stem(8) | 1x mbconv @8 for 32px", photos(tmp_path), 0)
    assert done.status == "ok"
    assert done.environment["images"] == memory
    assert set(done.scores) >= {"box_ap", "box_ap50", "box_ap75"}


def test_what_does_not_fit_in_memory_is_decoded_batch_by_batch_to_the_same_images_and_things(
    tmp_path, monkeypatch, capsys
):
    recipe = photos(tmp_path)
    kept = load_images(recipe, "cpu")
    monkeypatch.setenv("MOAT_LAB_MEMORY_SHARE", "1e-9")
    capsys.readouterr()
    streamed = load_images(recipe, "cpu")
    assert [type(part).__name__ for part in (*kept, *streamed)] == ["Resident"] * 2 + ["Streamed"] * 2
    for ours, theirs in zip(batches(kept[0], recipe), batches(streamed[0], recipe), strict=True):
        assert all(map(np.array_equal, ours, theirs))
    (x, y), (of_stream, things) = next(kept[1].in_order()), next(streamed[1].in_order())
    assert np.array_equal(levels(kept[1], x), levels(streamed[1], of_stream))
    assert np.array_equal(y.boxes, things.boxes)
    said = capsys.readouterr().err
    assert said.count("skipped: 000000000003.jpg: broken (it starts with b'no image')") == 1
    assert said.count("left out: 000000000002.jpg, thing 1: with a box outside of its image") == 1


def batches(images, recipe):
    """Of one epoch: levels of 255, and each array of the things."""
    found = images.batches(2, recipe.augmentation, torch.Generator().manual_seed(0))
    return [
        (levels(images, x), y.classes.numpy(), y.boxes.numpy(), y.crowd.numpy(), y.instances.numpy())
        for x, y in found
    ]


def levels(images, x):
    """Without the mean and deviation, which are of a sample in a stream."""
    return (x * images.deviation + images.mean).round().numpy()
