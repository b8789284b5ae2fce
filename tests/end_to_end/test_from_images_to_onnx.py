"""The whole way of a user with images of their own: search, pick, train, evaluate, export, run elsewhere."""

import re
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
from PIL import Image
from typer.testing import CliRunner

from moat_lab.__main__ import app
from moat_lab.data import dataset

RECIPE = """
data: imagefolder:photos
resolution: 16
train: all
val: all
epochs: 3
batch: 12
learning_rate: 0.005
augmentation: {flip: true, crop: 0.5}
"""
STUDY = """
question: Which width does it take to tell stripes apart?
space: stem(4) | 1x layer @w for 16px where w in {8, 16}, layer in {mbconv, mbconv+attn(head=8)}
recipe: photos
seeds: 1
sampler: random
trials: 4
objectives: [top1, macs]
"""
SIDE, IN_TRAIN, IN_VAL = 20, 24, 15


@pytest.fixture
def workplace(tmp_path, monkeypatch) -> Path:
    (tmp_path / "studies" / "recipes").mkdir(parents=True)
    (tmp_path / "studies" / "which.yaml").write_text(STUDY)
    (tmp_path / "studies" / "recipes" / "photos.yaml").write_text(RECIPE)
    rng = np.random.default_rng(0)
    for part, size in (("train", IN_TRAIN), ("val", IN_VAL)):
        for label in ("across", "down", "plain"):
            folder = tmp_path / "photos" / part / label
            folder.mkdir(parents=True)
            for i in range(size):
                drawn(rng, label).save(folder / f"{i}.{('jpg', 'png')[i % 2]}")
    monkeypatch.setenv("MOAT_LAB_CACHE", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def drawn(rng: np.random.Generator, label: str) -> Image.Image:
    """Stripes in noise that hides some of them."""
    pixels = rng.integers(0, 200, size=(SIDE, SIDE, 3)).astype(np.uint8)
    stripes = np.arange(SIDE) // 3 % 2 == 0
    if label == "across":
        pixels[stripes] += 30
    if label == "down":
        pixels[:, stripes] += 30
    return Image.fromarray(pixels)


def said(*words: str) -> str:
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 0, done.output
    return done.output


def test_the_winner_of_a_search_says_the_same_in_onnxruntime(workplace):
    said("study", "which", "--workers", "2")
    network = said("pick", "runs/which").splitlines()[0]
    said("train", network, "--recipe", "photos", "--out", "winner")
    judged = said("evaluate", "winner")
    said("export", "winner", "--to", "onnx", "--fold", "--out", "winner.onnx")

    session = onnxruntime.InferenceSession("winner.onnx", providers=["CPUExecutionProvider"])
    about = session.get_modelmeta().custom_metadata_map
    images, labels, is_val = of_val()
    mean, deviation = (
        np.reshape([float(n) for n in about[name].split(",")], (1, 3, 1, 1)) for name in ("mean", "deviation")
    )
    shown = ((images / 255 - mean) / deviation).astype(np.float32)
    (scores,) = session.run(None, {session.get_inputs()[0].name: shown})
    top1 = float(np.mean(scores.argmax(axis=1) == labels))
    assert is_val == 3 * IN_VAL
    assert top1 == pytest.approx(top1_of(judged), abs=5e-5)
    assert 0.34 < top1 < 1, "a network that learned nothing, or all, would show less"


def of_val() -> tuple[np.ndarray, np.ndarray, int]:
    source = dataset("imagefolder:photos")
    images, labels = source.images(16)
    return images[source.from_val], labels[source.from_val], int(source.from_val.sum())


def top1_of(judged: str) -> float:
    found = re.search(r"top-1 +([\d.]+) %", judged)
    assert found, judged
    return float(found[1]) / 100
