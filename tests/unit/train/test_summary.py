"""What a training says of its data and its length before its first step."""

import shutil

import numpy as np
import pytest
from PIL import Image

from moat_lab.data import dataset
from moat_lab.train import Recipe, data_summary
from moat_lab.train.summary import schedule_summary
from tests.unit.train.small import RECIPE


@pytest.fixture
def photos(tmp_path, monkeypatch):
    """Parts of noise: four images in each class of train, two in those of val and test."""
    monkeypatch.setenv("MOAT_LAB_CACHE", str(tmp_path / "cache"))
    rng = np.random.default_rng(0)
    for part, each in (("Training", 4), ("val", 2), ("TEST", 2)):
        for name in ("ant", "bee", "cat", "dog"):
            folder = tmp_path / "photos" / part / name
            folder.mkdir(parents=True)
            for number in range(each):
                pixels = rng.integers(0, 256, (9, 9, 3), dtype=np.uint8)
                Image.fromarray(pixels).save(folder / f"{number}.png")
    return tmp_path / "photos"


def line(data, train, val):
    """What is said behind the data's name."""
    recipe = Recipe(data=data, resolution=8, train=train, val=val, epochs=1, batch=1, learning_rate=0.1)
    name, said = (
        data_summary(recipe).split(": ", 1)
        if ":" not in data
        else (data, data_summary(recipe)[len(data) + 2 :])
    )
    assert name == data
    return said


def test_data_without_files_have_sizes_and_classes():
    assert line("digits", 100, 500) == "train 100 and val 500 of 1,797 images; 10 classes"


def test_parts_and_the_first_classes_are_counted(photos):
    counting = "; copies between parts are counted when it is decoded"
    data = f"imagefolder:{photos}"
    assert line(data, 16, 8) == "train 16 images, val 8, test 8; 4 classes: ant, bee, cat, ..." + counting
    assert line(data, 8, 4).startswith("train 8 of 16 images, val 4 of 8, test 8; 4 classes: ")


def test_classes_that_a_part_lacks_are_named(photos):
    shutil.rmtree(photos / "val" / "bee")
    shutil.rmtree(photos / "TEST" / "ant")
    shutil.rmtree(photos / "TEST" / "dog")
    said = line(f"imagefolder:{photos}", 16, 6)
    assert "; val lacks 1: bee; test lacks 2: ant, dog; " in said


def test_classes_that_a_drawn_part_lacks_are_named(photos):
    said = line(f"imagefolder:{photos / 'Training'}", 12, 2)
    assert said.startswith(
        "train 12 and val 2 of 16 images; 4 classes: ant, bee, cat, ...; val lacks 2: cat, dog"
    )


def test_copies_are_told_of_from_when_the_images_were_decoded(photos):
    data = f"imagefolder:{photos}"
    shutil.copy(photos / "Training/cat/0.png", photos / "val/dog/7.png")
    dataset(data).images(8)
    assert line(data, 16, 9).endswith(
        "; 1 of val also in train, byte for byte (val/dog/7.png is Training/cat/0.png)"
    )
    (photos / "val/dog/7.png").unlink()
    assert "counted when it is decoded" in line(data, 16, 8)


def test_folders_beside_train_are_named(photos):
    (photos / "cow").mkdir()
    (photos / "test").mkdir()
    assert line(f"imagefolder:{photos}", 16, 8).endswith("; not read, beside train: cow, test")


def said(**changes) -> list[str]:
    return list(schedule_summary(RECIPE.model_copy(update=changes)))


def test_it_says_how_many_epochs_warm_up():
    assert said(ema=0.0) == ["Epochs: 4; steps in each: 3."]
    assert said(ema=0.0, warmup_epochs=2 / 3) == ["Epochs: 4, 0.667 of them to warm up; steps in each: 3."]


@pytest.mark.parametrize(("ema", "epochs", "warned"), [(0.9, 14, True), (0.9, 15, False), (0.0, 1, False)])
def test_an_average_that_holds_more_than_a_hundredth_of_the_initial_weights_is_warned_of(ema, epochs, warned):
    assert len(said(ema=ema, epochs=epochs)) == 1 + warned  # 0.9 ** 42 = 0.012, 0.9 ** 45 = 0.009


def test_the_warning_names_an_average_that_would_move():
    assert said(ema=0.9999, epochs=80)[1] == (
        "Warning: with ema 0.9999 the weights that are validated and written hold 97.6 % of the initial ones "
        "after these 240 steps; 1 % with ema 0.98099."
    )
    assert "hold 100 % of the initial ones after these 3 steps" in said(ema=0.9999, epochs=1)[1]
