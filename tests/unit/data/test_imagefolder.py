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
    assert [left.reason for left in data.left_alone] == ["a link to a folder above"]


def test_a_link_back_up_gives_no_class_the_images_of_another(tree):
    root = tree("photos/cat", "photos/dog", each=1, root="above") / "photos"
    names = [os.fsdecode(path) for path in dataset(f"imagefolder:{root}").encoded.paths]
    for number, up in enumerate((".", "..", root, root.parent)):
        (root / f"class_{number}").symlink_to(up)
        (root / "cat" / f"to_{number}").symlink_to(os.path.join("..", up))
    data = dataset(f"imagefolder:{root}")
    assert [data.encoded.name(at) for at in range(data.size)] == names
    assert [left.reason for left in data.left_alone] == ["a link to a folder above"] * 4


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
    assert [left.name for left in data.left_alone] == ["dog/th\\xe8ir.txt"]
    assert "1 empty: dog/brok\\xe8n.png\n" in capsys.readouterr().err


def test_a_mistake_shows_a_name_that_is_no_utf_8(tree):
    root = os.fsencode(tree("train/cat", "train/dog", "val/cat", each=1))
    os.mkdir(root + b"/val/caf\xe9")
    with pytest.raises(UserError) as error:
        dataset(f"imagefolder:{os.fsdecode(root)}")
    assert "got 'caf\\xe9' too\n" in str(error.value)
