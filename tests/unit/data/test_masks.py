"""Images with masks, in trees of the exact formats of others and of one's own."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from moat_lab.data import dataset
from moat_lab.errors import UserError
from moat_lab.train import Recipe, evaluate
from moat_lab.train.images import load_images

COLOURS = np.array([[30, 30, 30], [220, 40, 40], [40, 220, 40]], dtype=np.uint8)


def square(number: int, width: int = 40, height: int = 32) -> np.ndarray:
    """(H, W) classes: 0, and a square of class 1 or 2 in the left or the right half."""
    classes = np.zeros((height, width), dtype=np.uint8)
    left = 4 if number % 2 else width - 16
    classes[8:20, left : left + 12] = 1 + number % 2
    return classes


def save(folder: Path, name: str, classes: np.ndarray, *, image: str, mask: str, offset: int = 0) -> None:
    for path, pixels in (
        (folder / image / f"{name}.png", COLOURS[classes]),
        (folder / mask / f"{name}.png", classes + offset),
    ):
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(pixels.astype(np.uint8)).save(path)


@pytest.fixture
def tree(tmp_path, monkeypatch) -> Path:
    """24 pairs in images/ and masks/."""
    monkeypatch.setenv("MOAT_LAB_CACHE", str(tmp_path / "cache"))
    root = tmp_path / "photos"
    for number in range(24):
        save(root, f"{number:02}", square(number), image="images", mask="masks")
    (root / "classes.txt").write_text("ground\nred\ngreen\n")
    return root


def test_a_mask_is_cut_and_resized_as_its_image(tree):
    source = dataset(f"masks:{tree}")
    images, maps = source.images(16)
    assert (source.classes, source.labels, source.num_classes) == (("ground", "red", "green"), "maps", 3)
    assert (images.shape, maps.shape) == ((24, 3, 16, 16), (24, 16, 16))
    shown = square(3)[:, 4:36][1::2, 1::2]  # the square in the middle, every second pixel
    assert np.array_equal(maps[3], shown)
    assert set(np.unique(maps).tolist()) == {0, 1, 2}
    red = (images[:, 0].astype(int) - images[:, 1]) > 100
    assert np.mean(red != (maps == 1)) < 0.03  # bicubic borders


def test_what_is_odd_is_named_counted_and_left_out(tree, capsys):
    Image.fromarray(square(0, 20, 20)).save(tree / "masks" / "00.png")
    (tree / "masks" / "01.png").write_bytes(b"no image")
    (tree / "images" / "02.png").write_bytes(b"")
    strange = square(3)
    strange[0, :3] = 7, 9, 255
    Image.fromarray(strange).save(tree / "masks" / "03.png")
    Image.fromarray(COLOURS[square(4)]).save(tree / "masks" / "04.png")
    (tree / "masks" / "05.png").unlink()
    (tree / "images" / "06.png").unlink()
    source = dataset(f"masks:{tree}")
    found = {skipped.name: (skipped.reason, skipped.detail) for skipped in source.skipped(16)}
    assert source.size == 22
    assert found == {
        "images/00.png": ("mask of another size", "20x20, its image 40x32"),
        "images/01.png": ("mask: not an image", "it starts with b'no image'"),
        "images/02.png": ("empty", "0 bytes"),
        "images/03.png": ("mask with an unknown class", "7, 9"),
        "images/04.png": ("mask that is not of one byte a pixel", "mode RGB"),
    }
    alone = {ignored.name: ignored.reason for ignored in source.ignored_files}
    assert alone == {"images/05.png": "an image without a mask", "masks/06.png": "a mask without an image"}
    said = capsys.readouterr().err
    assert "5 of 22 images cannot be decoded, and are skipped" in said
    assert "1 mask of another size: images/00.png" in said
    assert "1 an image without a mask: images/05.png" in said


RECIPE = {
    "task": "segmentation",
    "head": {"kind": "unet", "channels": 16},
    "resolution": 16,
    "train": 16,
    "val": 8,
    "epochs": 25,
    "batch": 8,
    "learning_rate": 0.02,
    "curve_points": 1,
}


def test_a_network_learns_the_squares(tree):
    done = evaluate("stem(8) | 1x mbconv @8 for 16px", Recipe(data=f"masks:{tree}", **RECIPE), 0)
    assert done.status == "ok"
    assert done.scores["miou"] > 0.6  # ground alone is 0.28


def test_a_stream_gives_the_images_and_maps_of_the_cache(tree, monkeypatch):
    (tree / "masks" / "01.png").write_bytes(b"no image")
    recipe = Recipe(data=f"masks:{tree}", **RECIPE | {"train": 14, "val": 10, "batch": 7})
    kept, _ = load_images(recipe, "cpu")
    monkeypatch.setattr("moat_lab.train.images.free_bytes", lambda device: 0)
    streamed, _ = load_images(recipe, "cpu")
    assert type(kept).__name__ == "Resident"
    assert type(streamed).__name__ == "Streamed"
    for one, other in zip(_batches(kept, recipe), _batches(streamed, recipe), strict=True):
        assert np.array_equal(one[0], other[0])
        assert np.array_equal(one[1], other[1])


def test_a_whole_image_keeps_its_aspect_and_no_class_lies_beside_it(tree):
    recipe = Recipe(data=f"masks:{tree}", **RECIPE | {"resize": "long", "resolution": 20})
    images, maps = recipe.source.images(20)
    wide = square(3)[1::2, 1::2]  # 40x32 pixels, every second one
    assert np.array_equal(maps[3, :16], wide)
    assert set(np.unique(maps[3, 16:]).tolist()) == {255}
    assert images[3, :, 16:].max() == 0
    assert images[3, :, :16].min() > 0
    assert recipe.key != Recipe(data=f"masks:{tree}", **RECIPE | {"resolution": 20}).key


def test_a_stream_cuts_crops_from_whole_images_as_the_cache_does(tree, monkeypatch):
    how = {"resize": "long", "augmentation": {"crop": 0.5, "flip": True}}
    recipe = Recipe(data=f"masks:{tree}", **RECIPE | how)
    kept, _ = load_images(recipe, "cpu")
    monkeypatch.setattr("moat_lab.train.images.free_bytes", lambda device: 0)
    streamed, _ = load_images(recipe, "cpu")
    for one, other in zip(_batches(kept, recipe), _batches(streamed, recipe), strict=True):
        assert np.array_equal(one[0], other[0])
        assert np.array_equal(one[1], other[1])


def test_data_that_know_one_way_alone_say_so():
    recipe = Recipe(data="digits", **RECIPE | {"task": "classification", "head": None, "resize": "long"})
    with pytest.raises(UserError, match="data whose long side can fill the resolution are needed"):
        load_images(recipe, "cpu")


def _batches(images, recipe):
    import torch

    found = images.batches(7, recipe.augmentation, torch.Generator().manual_seed(0))
    return [(x.numpy(), y.numpy()) for x, y in found]


def test_parts_of_their_own_are_train_val_and_test(tmp_path):
    for part, count in (("train", 3), ("val", 2), ("test", 4)):
        for number in range(count):
            save(tmp_path / part, f"{part}{number}", square(number), image="images", mask="masks")
    (tmp_path / "classes.txt").write_text("ground\nred\ngreen\n")
    source = dataset(f"masks:{tmp_path}")
    assert (source.size, source.from_val.tolist()) == (5, [False] * 3 + [True] * 2)
    assert (source.test().size, source.test().labels) == (4, "maps")


def test_voc_is_read_by_its_lists(tmp_path):
    for number, name in enumerate(["2007_000032", "2007_000039", "2007_000063"]):
        classes = np.where(square(number) > 0, 15, 0).astype(np.uint8)
        classes[0, 4:] = 255
        (tmp_path / "JPEGImages").mkdir(exist_ok=True)
        (tmp_path / "SegmentationClass").mkdir(exist_ok=True)
        Image.fromarray(COLOURS[square(number)]).save(tmp_path / "JPEGImages" / f"{name}.jpg")
        palette = Image.fromarray(classes).convert("P")
        palette.putdata(classes.ravel().tolist())
        palette.save(tmp_path / "SegmentationClass" / f"{name}.png")
    lists = tmp_path / "ImageSets" / "Segmentation"
    lists.mkdir(parents=True)
    (lists / "train.txt").write_text("2007_000032\n2007_000039\n2009_gone\n")
    (lists / "val.txt").write_text("2007_000063\n")
    source = dataset(f"voc:{tmp_path}")
    assert (source.num_classes, source.classes[15]) == (21, "person")
    assert source.from_val.tolist() == [False, False, True]
    assert set(np.unique(source.images(32)[1]).tolist()) == {0, 15, 255}
    assert [left.name for left in source.ignored_files] == ["JPEGImages/2009_gone.jpg"]


def test_of_ade20k_0_is_no_class_and_the_others_are_one_less(tmp_path):
    for part, count in (("training", 3), ("validation", 2)):
        for number in range(count):
            classes = np.where(square(number) > 0, 150, 1).astype(np.uint8)
            classes[:2] = 0
            for kind, pixels, ending in (
                ("images", COLOURS[square(number)], "jpg"),
                ("annotations", classes, "png"),
            ):
                path = tmp_path / kind / part / f"ADE_{part}_{number:08}.{ending}"
                path.parent.mkdir(parents=True, exist_ok=True)
                Image.fromarray(pixels).save(path)
    source = dataset(f"ade20k:{tmp_path}")
    assert (source.num_classes, source.size, int(source.from_val.sum())) == (150, 5, 2)
    assert set(np.unique(source.images(32)[1]).tolist()) == {0, 149, 255}
    assert source.classes[:2] == ("class 1", "class 2")
    rows = [f"{number}\t0\t0\t0\t0\tthing {number}\n" for number in range(1, 151)]
    table = "".join(["Idx\tRatio\tTrain\tVal\tStuff\tName\n", *rows])
    (tmp_path / "objectInfo150.txt").write_text(table)
    assert dataset(f"ade20k:{tmp_path}").classes[149] == "thing 150"


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("masks:", "data masks: a folder is needed behind the colon; got nothing"),
        ("masks:{}", "without classes.txt\n  masks:PATH, where PATH holds images/, masks/ and classes.txt"),
        ("voc:{}", "without JPEGImages, SegmentationClass, ImageSets/Segmentation/train.txt"),
        ("ade20k:{}", "without images/training, images/validation, annotations/training"),
    ],
)
def test_a_folder_of_another_form_is_an_error_that_says_the_form(tmp_path, name, message):
    with pytest.raises(UserError) as error:
        dataset(name.format(tmp_path))
    assert message in str(error.value)


def test_folders_without_pairs_and_lists_without_classes_are_errors(tmp_path):
    (tmp_path / "images").mkdir()
    (tmp_path / "masks").mkdir()
    (tmp_path / "classes.txt").write_text("one\n")
    with pytest.raises(UserError, match=r"from 2 to 254 classes are needed in .*; got 1"):
        dataset(f"masks:{tmp_path}")
    (tmp_path / "classes.txt").write_text("one\ntwo\n")
    with pytest.raises(UserError, match="an image with a mask of its name is needed in train"):
        dataset(f"masks:{tmp_path}")
