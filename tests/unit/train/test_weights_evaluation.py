"""What trained weights reach is counted as the training counted it."""

import os
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

import moat_lab
from moat_lab.data import dataset
from moat_lab.errors import UserError
from moat_lab.grammar import parse
from moat_lab.models.weights import read_weights, write_weights
from moat_lab.tasks.classification import TASK
from moat_lab.train.evaluation_report import evaluation_text
from moat_lab.train.validation import validate
from moat_lab.train.weights_evaluation import EvaluationRequest, evaluate_weights
from tests.unit.train.small import RECIPE, TEXT, Watched, rows


@pytest.fixture(scope="module")
def folder(tmp_path_factory, call_in, trained) -> Path:
    folder = tmp_path_factory.mktemp("trained")
    assert trained(call_in(folder))
    return folder


@pytest.mark.parametrize("name", ["", "weights.safetensors"])
def test_on_val_it_is_what_the_log_says(folder, name):
    done, last = evaluate_weights(EvaluationRequest(checkpoint=folder / name)), rows(folder)[-1]
    assert (done.result.images, done.resolution) == (40, 8)
    assert (done.result.scores["top1"], done.result.scores["top5"]) == (
        float(last["top1"]),
        float(last["top5"]),
    )
    assert done.result.loss == pytest.approx(float(last["val_loss"]), abs=1e-5)


def test_the_batch_changes_nothing_and_the_resolution_does(folder):
    whole, by_seven = (
        evaluate_weights(EvaluationRequest(checkpoint=folder, batch=n)).result for n in (500, 7)
    )
    assert by_seven.scores == whole.scores
    larger = evaluate_weights(EvaluationRequest(checkpoint=folder, resolution=12))
    assert larger.resolution == 12
    assert larger.result.loss != pytest.approx(whole.loss, abs=1e-4)


def test_the_parts_of_the_training_are_disjoint_and_together_all(folder):
    counts = [
        evaluate_weights(EvaluationRequest(checkpoint=folder, part=p)).result.images
        for p in ("train", "val", "test", "all")
    ]
    assert counts == [60, 40, 1697, 1797]


def test_weights_that_say_nothing_see_pixels_from_minus_one_to_one(tmp_path):
    torch.manual_seed(0)
    model = moat_lab.build(TEXT, 10, 1).eval()
    write_weights(tmp_path / "w.safetensors", model.state_dict(), parse(TEXT))
    images, labels = (torch.from_numpy(a) for a in dataset("digits").images(16))
    with torch.no_grad():
        scores = model(images.float() / 127.5 - 1)
    done = evaluate_weights(
        EvaluationRequest(checkpoint=tmp_path / "w.safetensors", data="digits", part="all")
    )
    assert done.resolution == 16
    assert done.result.loss == pytest.approx(
        float(torch.nn.functional.cross_entropy(scores, labels)), abs=1e-5
    )


def test_top_5_of_four_classes_is_always_right():
    scores = torch.tensor([[4.0, 3.0, 2.0, 1.0], [1.0, 2.0, 3.0, 4.0]])
    result = validate(
        TASK, torch.nn.Identity(), [(scores, torch.tensor([0, 0]))], torch.autocast("cpu", enabled=False)
    )
    assert result.scores == {"top1": 0.5, "top5": 1.0}


def test_top_5_counts_the_five_highest_scores():
    scores = torch.arange(12.0).reshape(2, 6)
    result = validate(
        TASK, torch.nn.Identity(), [(scores, torch.tensor([0, 1]))], torch.autocast("cpu", enabled=False)
    )
    assert (result.scores, result.images) == ({"top1": 0.0, "top5": 0.5}, 2)


def test_the_answer_is_five_lines(folder):
    lines = evaluation_text(EvaluationRequest(checkpoint=folder)).splitlines()
    assert [line.split()[0] for line in lines] == ["top-1", "top-5", "loss", "images", "images/s"]
    assert lines[3] == "images    40 (val), at 8 px"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"data": "relations"}, "relations has 4, the weights have 10"),
        ({"checkpoint": Path("nowhere")}, "a safetensors file is needed; got nowhere"),
        ({"data": "digit"}, "did you mean 'digits'?"),
        ({"pictures": 3}, "weights for a task with pictures are needed; got classification"),
        ({"sliding": 4}, "weights for segmentation are needed; got those for classification"),
        ({"device": "cuda:9"}, "device 'cuda:9' cannot be used here"),
    ],
    ids=["classes", "file", "data", "pictures", "sliding", "device"],
)
def test_a_mistake_is_a_sentence(folder, change, message):
    with pytest.raises(UserError, match=r".") as refused:
        evaluate_weights(EvaluationRequest(**{"checkpoint": folder} | change))
    assert message in str(refused.value)


def test_val_of_weights_without_their_training_is_unknown(folder, tmp_path):
    (tmp_path / "w.safetensors").write_bytes((folder / "weights.safetensors").read_bytes())
    alone = tmp_path / "w.safetensors"
    with pytest.raises(UserError, match="data are needed for weights without a training's folder"):
        evaluate_weights(EvaluationRequest(checkpoint=alone))
    with pytest.raises(UserError, match=r"whose recipe says which images are val\n .*--split all"):
        evaluate_weights(EvaluationRequest(checkpoint=alone, data="digits"))


def image_tree(root: Path) -> Path:
    """Red and blue squares with some noise, in train and val folders."""
    rng = np.random.default_rng(0)
    for part, count in (("train", 8), ("val", 3)):
        for channel, name in ((0, "red"), (2, "blue")):
            (root / part / name).mkdir(parents=True)
            for i in range(count):
                pixels = rng.integers(0, 100, (20, 16, 3), dtype=np.uint8)
                pixels[..., channel] += 100
                Image.fromarray(pixels).save(root / part / name / f"{i}.png")
    return root


def test_a_network_trained_on_folders_is_evaluated_on_their_val(tmp_path, monkeypatch, call_in, trained):
    monkeypatch.setenv("MOAT_LAB_CACHE", str(tmp_path / "cache"))
    data = f"imagefolder:{image_tree(tmp_path / 'tree')}"
    recipe = RECIPE.content() | {"data": data, "train": 16, "val": 6, "batch": 8, "augmentation": {}}
    assert trained(call_in(tmp_path / "run", recipe=recipe))
    about = read_weights(tmp_path / "run" / "weights.safetensors").about
    assert about.classes == ("blue", "red")
    done, last = (
        evaluate_weights(EvaluationRequest(checkpoint=tmp_path / "run")).result,
        rows(tmp_path / "run")[-1],
    )
    assert (done.images, done.scores["top1"]) == (6, float(last["top1"]))
    (tmp_path / "run" / "training.json").unlink()
    alone = evaluate_weights(EvaluationRequest(checkpoint=tmp_path / "run", data=data)).result
    assert (alone.images, alone.loss) == (6, done.loss)
    assert (
        evaluate_weights(
            EvaluationRequest(checkpoint=tmp_path / "run", data=data, part="train")
        ).result.images
        == 16
    )
    for part in ("train", "val"):
        (tmp_path / "tree" / part / "blue").rename(tmp_path / "tree" / part / "green")
    with pytest.raises(UserError, match=r"class 0 is 'green' in .* and 'blue' in the weights"):
        evaluate_weights(EvaluationRequest(checkpoint=tmp_path / "run", data=data))


def test_images_that_came_since_are_noticed(tmp_path, monkeypatch, call_in, trained):
    monkeypatch.setenv("MOAT_LAB_CACHE", str(tmp_path / "cache"))
    root, run = image_tree(tmp_path / "tree") / "train", tmp_path / "run"
    data = f"imagefolder:{root}"
    recipe = RECIPE.content() | {"data": data, "train": 8, "val": 8, "batch": 8, "epochs": 2}

    def call():
        return call_in(run, recipe=recipe, files=dataset(data).encoded.listing())

    assert not trained(call(), Watched(stop_after=1))
    (root / "red" / "0.png").rename(root / "red" / "a.png")
    for name in ("training.json", "nothing"):
        with pytest.raises(UserError, match=r"was begun with other images of .*\n.*another --out"):
            trained(call())
        (run / name).unlink(missing_ok=True)
    (root / "red" / "a.png").rename(root / "red" / "0.png")
    os.utime(root / "red" / "0.png", (1, 1))
    assert trained(call())
    (tmp_path / "link").symlink_to(root)
    by_link = evaluate_weights(EvaluationRequest(checkpoint=run, data=f"imagefolder:{tmp_path / 'link'}"))
    assert by_link.result == evaluate_weights(EvaluationRequest(checkpoint=run)).result
    (root / "red" / "a.png").write_bytes((root / "red" / "0.png").read_bytes())
    assert evaluation_text(EvaluationRequest(checkpoint=run)).splitlines()[5:] == [
        f"{data} has changed since the training: val may hold other images than then."
    ]


def test_other_data_are_evaluated_on_a_val_part_of_their_own_or_in_full(folder, tmp_path, monkeypatch):
    monkeypatch.setenv("MOAT_LAB_CACHE", str(tmp_path / "cache"))
    rng = np.random.default_rng(0)
    for part, each in (("with/train", 2), ("with/val", 3), ("without", 4)):
        for label in range(10):
            (tmp_path / part / str(label)).mkdir(parents=True)
            for i in range(each):
                image = Image.fromarray(rng.integers(0, 256, (8, 8, 3), dtype=np.uint8))
                image.save(tmp_path / part / str(label) / f"{i}.png")
    torch.manual_seed(0)
    model = moat_lab.build(TEXT, 10, 3).eval()
    write_weights(tmp_path / "weights.safetensors", model.state_dict(), parse(TEXT))
    (tmp_path / "training.json").write_bytes((folder / "training.json").read_bytes())
    said = {
        (data, part): evaluation_text(
            EvaluationRequest(checkpoint=tmp_path, data=f"imagefolder:{tmp_path / data}", part=part)
        ).splitlines()
        for data, part in (("with", "val"), ("with", "train"), ("without", "val"))
    }
    assert [lines[3] for lines in said.values()] == [
        "images    30 (val), at 16 px",
        "images    20 (train), at 16 px",
        "images    40 (all), at 16 px",
    ]
    assert said["without", "val"][5].endswith("without has no val part: all of its images were evaluated.")
