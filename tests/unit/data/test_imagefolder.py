"""How a tree of folders is read: its parts, its classes, and what is wrong with it."""

import os

import pytest

from moat_lab.data import dataset
from moat_lab.errors import UserError


def test_classes_are_numbered_by_name_and_val_is_the_folder_s_own(tree):
    root = tree("train/dog", "train/cat", "val/cat", "val/dog", each=2)
    data = dataset(f"imagefolder:{root}")
    assert (data.classes, data.size, data.in_chans) == (("cat", "dog"), 8, 3)
    assert data.images(16)[1].tolist() == [0, 0, 1, 1, 0, 0, 1, 1]
    assert data.from_val.tolist() == [False] * 4 + [True] * 4


def test_a_tree_of_classes_alone_has_no_parts(tree):
    data = dataset(f"imagefolder:{tree('cat', 'dog')}")
    assert (data.size, data.from_val, data.test) == (6, None, None)


def test_the_test_part_is_apart_from_what_a_study_sees(tree):
    root = tree("train/cat", "train/dog", "validation/cat", "validation/dog", "test/cat", "test/dog")
    data = dataset(f"imagefolder:{root}")
    assert data.size == 12
    assert not any(data.encoded.name(at).startswith("test") for at in range(data.size))
    test = data.test()
    assert [test.encoded.name(at) for at in range(2)] == ["test/cat/000.png", "test/cat/001.jpg"]
    assert test.images(16)[0].shape == (6, 3, 16, 16)


@pytest.mark.parametrize(
    ("train", "val", "test"),
    [
        ("Train", "Val", "Test"),
        ("Training", "Validation", "Testing"),
        ("TRAIN", "VALID", "TEST"),
        ("train_set", "val_set", "test_set"),
        ("TrainSet", "dev-set", "Test Set"),
        ("training", "Development", "testset"),
    ],
)
def test_parts_are_known_in_the_spellings_of_other_tools(tree, train, val, test):
    root = tree(*(f"{part}/{name}" for part in (train, val, test) for name in ("cat", "dog")), each=2)
    data = dataset(f"imagefolder:{root}")
    assert data.classes == ("cat", "dog")
    assert [data.encoded.name(at) for at in (0, 4)] == [f"{train}/cat/000.png", f"{val}/cat/000.png"]
    assert data.from_val.tolist() == [False] * 4 + [True] * 4
    assert data.test().encoded.name(0) == f"{test}/cat/000.png"


def test_of_two_spellings_the_plain_one_is_taken_and_the_other_named(tree):
    root = tree("train/cat", "train/dog", "Val/cat", "validation/cat", "valid/dog", "Train/cat", each=2)
    data = dataset(f"imagefolder:{root}")
    assert [data.encoded.name(at) for at in (0, 4)] == ["train/cat/000.png", "valid/dog/000.png"]
    assert {left.name: left.reason for left in data.ignored_files} == dict.fromkeys(
        ("Train", "Val", "validation"), "a folder beside train"
    )


def test_class_folders_beside_train_are_named(tree):
    root = tree("train/cat", "train/dog", "cow", "test", each=1)
    data = dataset(f"imagefolder:{root}")
    assert (data.classes, data.test) == (("cat", "dog"), None)
    assert [(left.name, left.reason) for left in data.ignored_files] == [
        ("cow", "a folder beside train"),
        ("test", "a folder beside train"),
    ]


@pytest.mark.parametrize("folders", [("invalid", "valid"), ("cat", "test"), ("dev", "ops")])
def test_folders_of_images_with_the_name_of_a_part_are_classes(tree, folders):
    assert dataset(f"imagefolder:{tree(*folders)}").classes == folders


def test_sub_folders_beside_images_are_no_parts(tree):
    root = tree("cat/in", "cat/out", "dog/in", "dog/out", "dog/more", each=1)
    assert dataset(f"imagefolder:{root}").classes == ("cat", "dog")
    (root / "dog" / "more" / "000.png").rename(root / "dog" / "000.png")
    (root / "dog" / "more").rmdir()
    assert dataset(f"imagefolder:{root}").size == 5


def test_one_folder_in_each_class_is_no_part(tree):
    assert dataset(f"imagefolder:{tree('cat/images', 'dog/images', each=1)}").classes == ("cat", "dog")


def test_train_without_folders_in_it_is_a_class(tree):
    assert dataset(f"imagefolder:{tree('car', 'train')}").classes == ("car", "train")


def test_images_lie_at_any_depth_of_their_class_s_folder(tree):
    root = tree("cat/old", "cat/new", "dog", each=1)
    (root / "dog" / "again").symlink_to(root / "dog")
    data = dataset(f"imagefolder:{root}")
    assert [data.encoded.name(at) for at in range(data.size)] == [
        "cat/new/000.png",
        "cat/old/000.png",
        "dog/000.png",
    ]
    assert [left.reason for left in data.ignored_files] == ["a link to a folder above"]


def test_a_link_back_up_gives_no_class_the_images_of_another(tree):
    root = tree("photos/cat", "photos/dog", each=1, root="above") / "photos"
    names = [os.fsdecode(path) for path in dataset(f"imagefolder:{root}").encoded.paths]
    for number, up in enumerate((".", "..", root, root.parent)):
        (root / f"class_{number}").symlink_to(up)
        (root / "cat" / f"to_{number}").symlink_to(os.path.join("..", up))
    data = dataset(f"imagefolder:{root}")
    assert [data.encoded.name(at) for at in range(data.size)] == names
    assert [left.reason for left in data.ignored_files] == ["a link to a folder above"] * 4


def test_a_folder_is_looked_for_where_data_are(tree, monkeypatch):
    monkeypatch.setenv("MOAT_LAB_DATA", str(tree("cat", "dog").parent))
    assert dataset("imagefolder:photos").size == 6


def test_a_new_file_is_seen(tree):
    root = tree("cat", "dog", each=1)
    assert dataset(f"imagefolder:{root}").size == 2
    (root / "cat" / "001.png").write_bytes((root / "cat" / "000.png").read_bytes())
    assert dataset(f"imagefolder:{root}").size == 3


@pytest.mark.parametrize(
    ("folders", "message"),
    [
        (["cat"], "folders of at least two classes are needed in .*; got cat\n"),
        (["train/cat", "train/dog", "val/cow"], "has the classes of the training images; got 'cow' too\n"),
        (["val/cat", "test/cat"], "a part called train, with a folder .* is needed in .*; got test, val\n"),
        (["cat", "dog", "Testing/cat", "Testing/dog"], "a part called train, .*; got Testing\n"),
        (["train", "test"], "a part called train, .*; got test, train\n"),
        (["seg_train/cat", "seg_test/cat"], "a part called train, .*; got seg_test, seg_train\n"),
        (
            ["1/cat", "1/dog", "2/cat", "2/dog"],
            "got the folders cat, dog in each of 1, 2\n  parts are called",
        ),
        (
            ["cat/train", "cat/test", "dog/test", "dog/train"],
            "got the folders test, train in each of cat, dog\n",
        ),
        (["train/a/x", "train/a/y", "train/b/x", "train/b/y"], "got the folders x, y in each of a, b\n"),
        (
            ["train/cat", "train/dog", "val"],
            "images in folders of the classes .* in .*/val; got none\n  sort",
        ),
    ],
)
def test_a_tree_that_holds_no_classes_is_a_mistake_that_is_shown(tree, folders, message):
    with pytest.raises(UserError, match=message):
        dataset(f"imagefolder:{tree(*folders)}")


def test_a_class_without_images_is_named(tree):
    root = tree("cat", "dog")
    (root / "empty").mkdir()
    with pytest.raises(UserError, match=r"at least one image in each class is needed; got none in .*empty\n"):
        dataset(f"imagefolder:{root}")


@pytest.mark.parametrize(
    ("name", "got"), [("imagefolder:", "got nothing"), ("imagefolder:nowhere", "'nowhere'")]
)
def test_a_folder_that_is_not_there_is_a_mistake_that_says_what_is_needed(name, got):
    with pytest.raises(UserError, match=f"a folder is needed behind the colon; .*{got}"):
        dataset(name)


def test_names_that_are_no_utf_8_are_read_and_shown_as_their_bytes(tree, capsys):
    root = os.fsencode(tree("cat", "dog", each=1))
    os.rename(root + b"/cat", root + b"/caf\xe9")
    os.rename(root + b"/caf\xe9/000.png", root + b"/caf\xe9/na\xefve.png")
    for name in (b"/dog/brok\xe8n.png", b"/dog/th\xe8ir.txt"):
        with open(root + name, "wb"):
            pass
    data = dataset(f"imagefolder:{os.fsdecode(root)}")
    assert data.classes == ("caf\\xe9", "dog")
    assert data.images(16)[0][0].std() > 1
    assert [image.name for image in data.skipped(16)] == ["dog/brok\\xe8n.png"]
    assert [left.name for left in data.ignored_files] == ["dog/th\\xe8ir.txt"]
    assert "1 empty: dog/brok\\xe8n.png\n" in capsys.readouterr().err


def test_a_mistake_shows_a_name_that_is_no_utf_8(tree):
    root = os.fsencode(tree("train/cat", "train/dog", "val/cat", each=1))
    os.mkdir(root + b"/val/caf\xe9")
    with pytest.raises(UserError) as error:
        dataset(f"imagefolder:{os.fsdecode(root)}")
    assert "got 'caf\\xe9' too\n" in str(error.value)
