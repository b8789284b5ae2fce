"""Data in the form of Hugging Face's library, saved by the test."""

import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from moat_lab.data import dataset
from moat_lab.errors import UserError


@pytest.fixture
def saved(tmp_path):
    datasets = pytest.importorskip("datasets")
    rng = np.random.default_rng(0)

    def part(labels):
        columns = {
            "picture": [
                Image.fromarray(rng.integers(0, 256, (20, 30, 3), dtype=np.uint8)) for _ in range(len(labels))
            ],
            "kind": labels,
        }
        features = {"picture": datasets.Image(), "kind": datasets.ClassLabel(names=["cat", "dog"])}
        return datasets.Dataset.from_dict(columns, features=datasets.Features(features))

    parts = {"train": part([0, 1, 1]), "validation": part([1, 0]), "test": part([-1, -1])}
    datasets.DatasetDict(parts).save_to_disk(tmp_path / "saved")
    return tmp_path / "saved"


def test_images_labels_and_parts_are_those_that_were_saved(saved):
    import datasets

    data = dataset(f"hf:{saved}")
    pixels, labels = data.images(20)
    assert (data.classes, data.size, labels.tolist()) == (("cat", "dog"), 5, [0, 1, 1, 1, 0])
    assert data.from_val.tolist() == [False, False, False, True, True]
    assert data.test is None  # its labels are kept back
    picture = np.asarray(datasets.load_from_disk(str(saved))["validation"][0]["picture"])
    assert np.array_equal(pixels[3].transpose(1, 2, 0), picture[:, 5:25])


def test_parts_are_known_in_the_spellings_of_other_tools(saved):
    import datasets

    parts = datasets.load_from_disk(str(saved))
    named = {"Training": parts["train"], "dev": parts["validation"], "TEST": parts["train"]}
    datasets.DatasetDict(named).save_to_disk(saved.with_name("named"))
    data = dataset(f"hf:{saved.with_name('named')}")
    assert data.from_val.tolist() == [False, False, False, True, True]
    assert data.test().encoded.labels.tolist() == [0, 1, 1]
    datasets.DatasetDict({"dev": parts["train"]}).save_to_disk(saved.with_name("no_train"))
    with pytest.raises(UserError, match="a part called train is needed; got dev"):
        dataset(f"hf:{saved.with_name('no_train')}")


def test_data_without_images_say_what_columns_there_are(tmp_path):
    datasets = pytest.importorskip("datasets")
    datasets.Dataset.from_dict({"text": ["a"], "kind": [1]}).save_to_disk(tmp_path / "texts")
    with pytest.raises(UserError, match=r"of class labels are needed; got text \(Value\), kind \(Value\)"):
        dataset(f"hf:{tmp_path / 'texts'}")


def test_without_the_library_the_command_that_installs_it_is_said():
    code = (
        "import sys; sys.modules['datasets'] = None\n"
        "from moat_lab.data import dataset\n"
        "from moat_lab.errors import UserError\n"
        "try: dataset('hf:cats')\nexcept UserError as error: print(error)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == (
        "data hf: the library datasets is needed; it is not installed\n  pip install 'moat-lab[hf]'\n"
    )
