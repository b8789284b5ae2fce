"""A detector is trained, validated, written and read as any other network."""

from pathlib import Path

import pytest
import timm
import torch
from typer.testing import CliRunner

from moat_lab.__main__ import app
from moat_lab.models.weights import read_weights
from moat_lab.train import Recipe, evaluate
from moat_lab.train.weights_evaluation import EvaluationRequest, evaluate_weights
from tests.unit.train.small import rows, train_on_two_processes

TEXT = "stem(8) | 1x mbconv @8 | 1x mbconv+attn(window=2, shift=1, head=8) @16 for 48px"
RECIPE = Recipe(
    data="scenes:detect",
    task="detection",
    head={"kind": "fcos", "channels": 64, "layers": 1, "finest": 4, "coarser": False},
    resolution=48,
    train=64,
    val=24,
    epochs=4,
    batch=8,
    learning_rate=0.004,
    augmentation={"flip": True, "shift": 2},
    curve_points=2,
)
INSTANCES = {
    "task": "instances",
    "head": {
        "kind": "cascade_mask_rcnn",
        "channels": 16,
        "hidden": 32,
        "scale": 4,
        "proposals": 20,
        "samples": 16,
        "coarser": False,
    },
    "train": 16,
    "val": 8,
    "epochs": 2,
}


def test_a_training_learns():
    done = evaluate(TEXT, RECIPE, 0)
    first, last = done.curve
    assert done.status == "ok"
    assert last.val_loss < first.val_loss
    assert last.train_loss < first.train_loss
    assert list(done.scores)[:3] == ["box_ap", "box_ap50", "box_ap75"]
    assert done.scores["box_ap"] == last.score
    assert done.scores["box_ap50"] > 0.01


@pytest.fixture(scope="module")
def folder(tmp_path_factory, call_in, trained) -> Path:
    folder = tmp_path_factory.mktemp("detector")
    short = Recipe(**{**RECIPE.content(), **INSTANCES})
    assert trained(call_in(folder, network=TEXT, recipe=short.content()))
    return folder


def test_weights_are_evaluated_to_what_the_log_says(folder):
    done, last = evaluate_weights(EvaluationRequest(checkpoint=folder, pictures=2)), rows(folder)[-1]
    assert done.result.scores["box_ap"] == pytest.approx(float(last["box_ap"]), abs=1e-9)
    assert done.result.scores["mask_ap50"] == pytest.approx(float(last["mask_ap50"]), abs=1e-9)
    assert done.result.loss == pytest.approx(float(last["val_loss"]), rel=1e-5)
    assert list(done.class_scores) == ["box AP", "mask AP"]
    assert [len(scores) for scores in done.class_scores.values()] == [4, 4]
    assert len(done.worst) == 2
    things = [box for image in done.worst for box in image.label.boxes]
    assert {box.mask.shape for box in things} == {(48, 48)}
    assert all(box.corners[0] < box.corners[2] for box in things)


def exported(folder, form, path, *options):
    done = CliRunner().invoke(app, ["export", str(folder), "--to", form, "--out", str(path), *options])
    assert done.exit_code == 0, done.output
    return done.output


@pytest.mark.parametrize(("form", "options"), [("torch_export", ["--fold"]), ("onnx", [])])
def test_a_detector_s_backbone_and_neck_are_exported_and_give_the_same_maps(folder, tmp_path, form, options):
    path = tmp_path / {"torch_export": "neck.pt2", "onnx": "neck.onnx"}[form]
    said = exported(folder, form, path, *options)
    assert "holds the maps of backbone and neck, without the rest of the head" in said
    if form == "torch_export":
        model, images = read_weights(folder / "weights.safetensors").model(), torch.randn(2, 3, 48, 48)
        wanted = model.head.pyramid(model.maps(images)[0]).values()
        with path.open("rb") as file:
            maps = torch.export.load(file).module()(images)
        assert [each.shape[1:] for each in maps] == [(16, 12, 12), (16, 6, 6)]
        for ours, theirs in zip(maps, wanted, strict=True):
            assert torch.allclose(ours, theirs, atol=1e-4)


def test_a_detector_s_backbone_is_a_timm_folder_and_its_weights_are_a_file(folder, tmp_path):
    assert "holds the backbone" in exported(folder, "timm", tmp_path / "timm")
    model = timm.create_model(f"local-dir:{tmp_path / 'timm'}", pretrained=True, features_only=True).eval()
    ours, images = read_weights(folder / "weights.safetensors").model().backbone, torch.randn(2, 3, 48, 48)
    for theirs, other in zip(model(images), ours.forward_intermediates(images)[1], strict=True):
        assert torch.equal(theirs, other)
    exported(folder, "safetensors", tmp_path / "detector.safetensors")
    assert (
        read_weights(tmp_path / "detector.safetensors").inputs.head
        == Recipe(**{**RECIPE.content(), **INSTANCES}).head
    )


def test_two_processes_give_the_losses_and_scores_of_one(tmp_path, call_in, trained):
    recipe = RECIPE.model_copy(update={"epochs": 2, "optimizer": "sgd"})
    two_folder = train_on_two_processes(tmp_path, TEXT, recipe)
    assert trained(call_in(tmp_path / "one", network=TEXT, recipe=recipe.content()))
    for one, two in zip(rows(tmp_path / "one"), rows(two_folder), strict=True):
        assert float(one["train_loss"]) == pytest.approx(float(two["train_loss"]), abs=1e-5)
        # A validation's loss is the mean of each process's own batches, which are others than those of one.
        assert float(one["val_loss"]) == pytest.approx(float(two["val_loss"]), abs=0.02)
        assert float(one["box_ap50"]) == pytest.approx(float(two["box_ap50"]), abs=1e-5)
    assert float(one["box_ap50"]) > 1e-3
