"""CIFAR's files as torchvision expects them, written by the test."""

import pickle

import numpy as np
import pytest
from torchvision.datasets import CIFAR10

from moat_lab.data import dataset
from moat_lab.errors import UserError


class Unchecked(CIFAR10):
    """torchvision's reader of files whose checksums it does not know."""

    train_list = tuple((name, None) for name, _ in CIFAR10.train_list)
    test_list = (("test_batch", None),)
    meta = CIFAR10.meta | {"md5": None}


@pytest.fixture
def cifar10(tmp_path):
    """20 images in each of its six files, in the protocol of the real ones."""
    folder, rng = tmp_path / "cifar-10-batches-py", np.random.default_rng(0)
    folder.mkdir()
    for name in [f"data_batch_{number}" for number in range(1, 6)] + ["test_batch"]:
        entry = {
            "data": rng.integers(0, 256, (20, 3072), dtype=np.uint8),
            "labels": (np.arange(20) % 10).tolist(),
        }
        (folder / name).write_bytes(pickle.dumps(entry, protocol=2))
    (folder / "batches.meta").write_bytes(pickle.dumps({"label_names": list("abcdefghij")}))
    return tmp_path


def test_images_and_labels_are_those_that_torchvision_reads(cifar10):
    data = dataset(f"cifar10:{cifar10}")
    pixels, labels = data.images(32)
    theirs = Unchecked(cifar10)
    assert list(data.classes) == list(data.test().classes) == theirs.classes
    assert np.array_equal(pixels.transpose(0, 2, 3, 1), theirs.data)
    assert labels.tolist() == theirs.targets
    tested, _ = dataset(f"cifar10:{cifar10}").test().images(32)
    assert np.array_equal(tested.transpose(0, 2, 3, 1), Unchecked(cifar10, train=False).data)


def test_files_are_found_where_data_are(cifar10, monkeypatch):
    monkeypatch.setenv("MOAT_LAB_DATA", str(cifar10))
    assert dataset("cifar10").images(16)[0].shape == (100, 3, 16, 16)


def test_a_study_s_images_are_read_without_the_test_file(cifar10):
    (cifar10 / "cifar-10-batches-py" / "test_batch").unlink()
    assert len(dataset(f"cifar10:{cifar10}").images(32)[1]) == 100


def test_cifar100_has_fine_labels(tmp_path):
    entry = {
        "data": np.zeros((100, 3072), np.uint8),
        "fine_labels": list(range(100)),
        "coarse_labels": [0] * 100,
    }
    (tmp_path / "train").write_bytes(pickle.dumps(entry))
    assert dataset(f"cifar100:{tmp_path}").images(32)[1].tolist() == list(range(100))


@pytest.mark.parametrize(("name", "classes"), [("cifar10", 10), ("cifar100", 100)])
def test_what_costs_need_is_known_without_files(name, classes, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    data = dataset(name)
    assert (data.num_classes, data.in_chans, data.size, data.classes) == (classes, 3, 50000, ())
    with pytest.raises(
        UserError, match=f"is needed in data/cifar-{classes}.*\n  unpack cifar-{classes}-python.tar.gz"
    ):
        data.images(32)


def labelled(labels):
    return pickle.dumps({"data": np.zeros((2, 3072), np.uint8), "labels": labels})


class Harm:
    def __reduce__(self):
        return print, ("run",)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (pickle.dumps(Harm()), "it asks for builtins.print"),
        (b"", "EOFError"),
        (pickle.dumps({"data": np.zeros((2, 9), np.uint8), "labels": [0, 1]}), r"got \(2, 9\), 2 labels"),
        (labelled([0, -5]), "labels from 0 to 9 are needed; got -5\n"),
        (labelled([99999, 0]), "got 99999\n"),
        (labelled([9, 10]), "got 10\n"),
        (labelled([0, float("nan")]), "got nan\n"),
        (labelled([0, 10**30]), "got 1000000000000000000000000000000\n"),
        (labelled([0, 0.5]), "got 0.5\n"),
        (labelled([0, "1"]), "got '1'\n"),
        (labelled([[0], [1]]), r"got \[0\]"),
        (labelled(np.array([0, 255], np.uint8)), "got .*255"),
    ],
)
def test_a_file_that_is_something_else_is_named_and_never_run(cifar10, content, said, capsys):
    (cifar10 / "cifar-10-batches-py" / "data_batch_3").write_bytes(content)
    with pytest.raises(UserError, match=f"data_batch_3 cannot be read: .*{said}"):
        dataset(f"cifar10:{cifar10}").images(32)
    assert "run" not in capsys.readouterr().out


def test_as_many_names_as_classes_are_needed(cifar10):
    (cifar10 / "cifar-10-batches-py" / "batches.meta").write_bytes(pickle.dumps({"label_names": ["a", "b"]}))
    with pytest.raises(
        UserError, match=r"batches.meta cannot be read: .*10 names of classes are needed; got 2\n"
    ):
        dataset(f"cifar10:{cifar10}")
