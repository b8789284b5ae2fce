"""Files that stand byte for byte in two parts are counted when the images are decoded."""

import shutil

import numpy as np
import pytest

from moat_lab.data import dataset
from moat_lab.data.duplicates import cached_digests, digest


@pytest.fixture
def photos(tree):
    return tree(*(f"{part}/{name}" for part in ("train", "val", "test") for name in ("cat", "dog")))


def decoded(root, capsys):
    """What is said while the images are decoded."""
    dataset(f"imagefolder:{root}").images(16)
    return capsys.readouterr().err.splitlines()


def test_files_in_two_parts_are_counted_with_one_of_each(photos, capsys):
    shutil.copy(photos / "train/cat/000.png", photos / "val/dog/a.png")
    shutil.copy(photos / "train/dog/001.jpg", photos / "val/dog/b.jpg")
    shutil.copy(photos / "val/cat/002.png", photos / "test/cat/c.png")
    assert decoded(photos, capsys) == [
        f"images in {photos}: 2 of val also in train, byte for byte (val/dog/a.png is train/cat/000.png)",
        f"images in {photos}: 1 of test also in val, byte for byte (test/cat/c.png is val/cat/002.png)",
    ]


def test_files_that_differ_and_copies_within_a_part_are_not_told_of(photos, capsys):
    shutil.copy(photos / "train/cat/000.png", photos / "train/dog/a.png")
    same = photos / "val/cat/000.png"
    same.write_bytes(same.read_bytes() + b"\0")
    assert decoded(photos, capsys) == []


def test_files_that_show_no_image_are_no_copies(photos, capsys):
    for part in ("train", "val", "test"):
        (photos / part / "cat" / "empty.png").write_bytes(b"")
        (photos / part / "cat" / "broken.png").write_bytes(b"no image")
    assert [line for line in decoded(photos, capsys) if "byte for byte" in line] == []


def test_copies_are_told_of_where_val_is_drawn(tree, capsys):
    root = tree("cat", "dog")
    for name in ("a", "b"):
        shutil.copy(root / "cat/000.png", root / f"dog/{name}.png")
    assert decoded(root, capsys) == [
        f"images in {root}: 2 are byte for byte copies of others among them; train, and a val that is drawn, "
        "may both hold one"
    ]


def test_digests_are_kept_for_any_resolution_until_a_file_changes(photos):
    data = dataset(f"imagefolder:{photos}")
    assert cached_digests(data.encoded) is None
    data.images(16)
    first = digest((photos / "train/cat/000.png").read_bytes())
    assert cached_digests(data.encoded).tolist()[0] == first
    assert len(cached_digests(data.test().encoded)) == 6
    (photos / "train/cat/000.png").write_bytes((photos / "train/cat/002.png").read_bytes())
    assert cached_digests(data.encoded) is None
    data.images(24)
    assert cached_digests(data.encoded)[0] == cached_digests(data.encoded)[2] != first


def test_damaged_digests_are_as_good_as_none(photos, cache):
    data = dataset(f"imagefolder:{photos}")
    data.images(16)
    for path in cache.glob("*.digests.npy"):
        path.write_bytes(path.read_bytes()[:20])
    assert cached_digests(data.encoded) is None


def test_a_digest_is_the_same_on_every_machine():
    assert digest(b"moat") == 13966393768218980845
    assert np.uint64(digest(b"")) > 0
