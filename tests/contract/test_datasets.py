"""What holds for every dataset there is."""

import pickle
from dataclasses import replace
from hashlib import sha256

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from moat_lab.data import DATASETS, DATASETS_OF, dataset, split
from moat_lab.errors import UserError

RESOLUTIONS = [16, 24, 32, 33]


def cifar(root, files, labels, classes):
    """The files of CIFAR, with each class once in each."""
    rng = np.random.default_rng(0)
    for name in files:
        rows = rng.integers(0, 256, (classes, 3072), dtype=np.uint8)
        (root / name).write_bytes(pickle.dumps({"data": rows, labels: list(range(classes))}))
    return root


def tree(root):
    """Two classes of noise, as PNG and as JPEG."""
    rng = np.random.default_rng(0)
    for name in ("cat", "dog"):
        (root / name).mkdir(parents=True)
        for ending in ("png", "jpg"):
            pixels = rng.integers(0, 256, (40, 50, 3), dtype=np.uint8)
            Image.fromarray(pixels).save(root / name / f"1.{ending}")
    return root


MADE = {
    "cifar10": lambda root: cifar(root, [f"data_batch_{number}" for number in range(1, 6)], "labels", 10),
    "cifar100": lambda root: cifar(root, ["train"], "fine_labels", 100),
    "imagefolder": tree,
    "placed": lambda root: ":400",
    "scenes": lambda root: "pair:400",
    "shifted": lambda root: ":400",
    "things": lambda root: "",
}
"""Data whose name has a colon -> how these tests make them; gives what stands behind the colon."""
SIZE_ON_DISK = {"cifar10": 50, "cifar100": 100}
"""Of those whose size is known to be another."""


def with_masks(root, folders, lists=()):
    """Two pairs of noise in each pair of folders, and files beside them."""
    rng = np.random.default_rng(0)
    for images, masks, suffix in folders:
        for folder, shape, ending in ((images, (40, 50, 3), suffix), (masks, (40, 50), ".png")):
            (root / folder).mkdir(parents=True, exist_ok=True)
            for name in ("a", "b"):
                pixels = rng.integers(0, 3 if len(shape) == 2 else 256, shape, dtype=np.uint8)
                Image.fromarray(pixels).save(root / folder / f"{name}{ending}")
    for name, text in lists:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return root


MASKED = {
    "masks": lambda root: with_masks(root, [("images", "masks", ".png")], [("classes.txt", "x\ny\nz\n")]),
    "voc": lambda root: with_masks(
        root,
        [("JPEGImages", "SegmentationClass", ".jpg")],
        [(f"ImageSets/Segmentation/{part}.txt", name) for part, name in (("train", "a"), ("val", "b"))],
    ),
    "ade20k": lambda root: with_masks(
        root, [(f"images/{part}", f"annotations/{part}", ".jpg") for part in ("training", "validation")]
    ),
    "scenes:segment": lambda root: "60",
}
"""Data labelled with maps -> how these tests make them."""


@pytest.fixture(params=[*DATASETS, *MADE])
def given_dataset(request, tmp_path, monkeypatch):
    monkeypatch.setenv("MOAT_LAB_CACHE", str(tmp_path / "cache"))
    if request.param in DATASETS:
        return DATASETS[request.param]
    given = dataset(f"{request.param}:{MADE[request.param](tmp_path)}")
    return replace(given, size=SIZE_ON_DISK.get(request.param, given.size))


def test_all_data_in_files_are_made_here_but_those_of_an_extra():
    # coco has objects: tests/unit/data/test_coco.py
    assert {*MADE, *MASKED, "hf"} == (set(DATASETS_OF) - {"coco"}) | {"scenes:segment"}


@pytest.mark.parametrize("name", MASKED)
def test_maps_have_the_sides_of_their_images_and_known_classes(name, tmp_path, monkeypatch):
    monkeypatch.setenv("MOAT_LAB_CACHE", str(tmp_path / "cache"))
    source = dataset(f"{name}:{MASKED[name](tmp_path / 'data')}")
    pixels, maps = source.images(24)
    assert source.labels == "maps"
    assert (pixels.shape, maps.shape) == ((source.size, 3, 24, 24), (source.size, 24, 24))
    assert (pixels.dtype, maps.dtype) == (np.uint8, np.uint8)
    assert set(np.unique(maps).tolist()) - {255} <= set(range(source.num_classes))
    assert len(np.unique(maps)) >= 2
    assert source.skipped(24) == ()
    again = source.images(24)
    assert np.array_equal(again[0], pixels)
    assert np.array_equal(again[1], maps)


@pytest.mark.parametrize("name", DATASETS_OF)
def test_files_that_are_not_there_are_a_mistake_that_says_what_to_do(name, tmp_path):
    with pytest.raises(UserError, match="\n  "):
        dataset(f"{name}:{tmp_path / 'nowhere'}").images(32)


@pytest.mark.parametrize("resolution", RESOLUTIONS)
def test_images_have_the_shape_and_type_that_was_promised(given_dataset, resolution):
    pixels, labels = given_dataset.images(resolution)
    assert pixels.shape == (given_dataset.size, given_dataset.in_chans, resolution, resolution)
    assert labels.shape == (given_dataset.size,)
    assert (pixels.dtype, labels.dtype) == (np.uint8, np.int64)


def test_every_class_occurs_and_no_other(given_dataset):
    _, labels = given_dataset.images(16)
    assert np.unique(labels).tolist() == list(range(given_dataset.num_classes))


@pytest.mark.parametrize("resolution", RESOLUTIONS)
def test_the_bytes_are_the_same_at_every_call(given_dataset, resolution):
    first, second = (sha256(given_dataset.images(resolution)[0].tobytes()).digest() for _ in range(2))
    assert first == second


@pytest.mark.parametrize("resolution", RESOLUTIONS)
def test_labels_are_the_same_at_every_resolution(given_dataset, resolution):
    assert np.array_equal(given_dataset.images(resolution)[1], given_dataset.images(16)[1])


@pytest.mark.parametrize("resolution", RESOLUTIONS)
def test_no_image_is_blank(given_dataset, resolution):
    pixels, _ = given_dataset.images(resolution)
    assert pixels.reshape(len(pixels), -1).std(axis=1).min() > 1


def test_a_resolution_too_small_is_an_error(given_dataset):
    with pytest.raises(UserError, match="got 1\n"):
        given_dataset.images(1)


def test_a_source_is_named(given_dataset):
    assert len(given_dataset.source.split()) >= 3


@st.composite
def requests(draw):
    labels = np.array(draw(st.lists(st.integers(0, 4), min_size=1, max_size=200)))
    train = draw(st.integers(0, len(labels)))
    return labels, train, draw(st.integers(0, len(labels) - train)), draw(st.integers(0, 2**32))


@given(requests())
@settings(max_examples=100)
def test_a_split_holds_every_image_once_in_the_sizes_asked_for(request):
    labels, train, val, seed = request
    parts = split(labels, train=train, val=val, seed=seed)
    assert (len(parts.train), len(parts.val)) == (train, val)
    assert sorted(np.concatenate([parts.train, parts.val, parts.test])) == list(range(len(labels)))


@given(requests())
@settings(max_examples=100)
def test_a_class_is_less_than_two_images_off_its_proportion(request):
    labels, train, val, seed = request
    parts = split(labels, train=train, val=val, seed=seed)
    share = np.bincount(labels, minlength=5) / len(labels)
    for indices, bound in ((parts.val, 1), (parts.train, 2)):
        assert np.abs(np.bincount(labels[indices], minlength=5) - share * len(indices)).max() < bound


@given(requests())
@settings(max_examples=50)
def test_a_seed_gives_one_split(request):
    labels, train, val, seed = request
    first, second = (split(labels, train=train, val=val, seed=seed) for _ in range(2))
    assert np.array_equal(first.train, second.train)
    assert np.array_equal(first.val, second.val)
