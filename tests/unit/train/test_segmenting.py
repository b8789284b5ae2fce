"""A segmenter is trained, validated, written and read as any other network."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import timm
import torch
from PIL import Image
from typer.testing import CliRunner

from moat_lab.__main__ import app
from moat_lab.errors import UserError
from moat_lab.grammar import to_network
from moat_lab.models.weights import read_weights, write_weights
from moat_lab.train import Recipe, check_network, evaluate, measure
from moat_lab.train.evaluation_report import evaluation_text
from moat_lab.train.weights_evaluation import EvaluationRequest, evaluate_weights
from tests.unit.train.small import rows, train_on_two_processes

TEXT = "stem(8) | 1x mbconv @8 | 1x mbconv+attn(window=2, shift=1, head=8) @16 for 32px"
RECIPE = Recipe(
    data="scenes:segment",
    task="segmentation",
    head={"kind": "deeplabv3plus", "output_stride": 8, "channels": 16, "dropout": 0.1},
    resolution=32,
    train=128,
    val=40,
    epochs=6,
    batch=16,
    learning_rate=0.01,
    augmentation={"flip": True},
    curve_points=2,
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory, call_in, trained) -> Path:
    folder = tmp_path_factory.mktemp("segmenter")
    short = RECIPE.model_copy(update={"epochs": 2})
    assert trained(call_in(folder, network=TEXT, recipe=short.content()))
    return folder


def test_a_training_learns_more_than_the_ground():
    done = evaluate(TEXT, RECIPE, 0)
    first, last = done.curve
    assert done.status == "ok"
    assert list(done.scores) == ["miou", "pixel_accuracy"]
    assert last.val_loss < first.val_loss < 1.2
    assert done.scores["miou"] > 0.2  # ground alone is 0.14
    assert done.scores["miou"] == last.score
    assert done.costs["params"] == 10_671
    assert done.recipe["head"]["channels"] == 16


def test_on_val_the_weights_reach_what_the_log_says_class_by_class(folder):
    done, last = evaluate_weights(EvaluationRequest(checkpoint=folder)), rows(folder)[-1]
    assert done.result.scores["miou"] == float(last["miou"])
    assert done.result.scores["pixel_accuracy"] == float(last["pixel_accuracy"])
    assert done.result.loss == pytest.approx(float(last["val_loss"]), abs=1e-5)
    lines = evaluation_text(EvaluationRequest(checkpoint=folder)).splitlines()
    assert lines[0] == f"mIoU      {100 * float(last['miou']):.2f} %"
    assert lines[5].split() == ["class", "IoU,", "%"]
    assert [line.split()[0] for line in lines[7:]] == ["ground", "mammal", "person", "face", "hand"]


def test_the_worst_images_are_drawn_with_their_labels(folder, tmp_path):
    request = EvaluationRequest(checkpoint=folder, pictures=3)
    scores = [image.score for image in evaluate_weights(request).worst]
    assert scores == sorted(scores)
    assert len(scores) == 3
    evaluation_text(request, tmp_path / "worst.png")
    assert (tmp_path / "worst.png").read_bytes()[:4] == b"\x89PNG"
    with pytest.raises(UserError, match=r"a file that ends in .png or .pdf or .svg is needed; got worst.gif"):
        evaluation_text(request, Path("worst.gif"))


def test_whole_images_are_validated_and_evaluated_alike(tmp_path, call_in, trained, monkeypatch):
    monkeypatch.setenv("MOAT_LAB_CACHE", str(tmp_path / "cache"))
    for kind in ("images", "masks"):
        (tmp_path / "wide" / kind).mkdir(parents=True)
        for number in range(6):
            pixels = np.zeros((16, 48), dtype=np.uint8)
            pixels[4:12, 8 * number :] = 1 if kind == "masks" else 200
            Image.fromarray(pixels).save(tmp_path / "wide" / kind / f"{number}.png")
    (tmp_path / "wide" / "classes.txt").write_text("ground\nwall\n")
    changes = {"data": f"masks:{tmp_path / 'wide'}", "resize": "long", "train": 4, "val": 2, "epochs": 1}
    recipe = Recipe(**{**RECIPE.content(), **changes, "batch": 2, "curve_points": 1})
    assert trained(call_in(tmp_path / "run", network=TEXT, recipe=recipe.content()))
    done, last = evaluate_weights(EvaluationRequest(checkpoint=tmp_path / "run")), rows(tmp_path / "run")[-1]
    assert done.result.scores["pixel_accuracy"] == float(last["pixel_accuracy"])
    assert done.result.loss == pytest.approx(float(last["val_loss"]), abs=1e-5)


def test_windows_that_hold_an_image_change_nothing_and_smaller_ones_do(folder):
    whole, held, small = (
        evaluate_weights(EvaluationRequest(checkpoint=folder, sliding=side)).result for side in (0, 32, 16)
    )
    assert (held.loss, held.scores) == (whole.loss, whole.scores)
    assert small.loss != pytest.approx(whole.loss, abs=1e-4)


def test_larger_images_than_those_of_the_training_are_evaluated_whole(folder):
    larger = evaluate_weights(EvaluationRequest(checkpoint=folder, resolution=44))
    assert (larger.resolution, larger.result.images) == (44, 40)


def test_the_file_says_its_head_and_another_head_does_not_fit(folder, tmp_path):
    weights = read_weights(folder / "weights.safetensors")
    assert weights.inputs.head == RECIPE.head
    assert (weights.num_classes, weights.in_chans) == (5, 3)
    wrong = replace(weights.inputs, head=replace(RECIPE.head, output_stride=16))
    write_weights(tmp_path / "wrong.safetensors", weights.state, weights.network, weights.about, wrong)
    with pytest.raises(UserError, match="the network has none at 16, but at 2, 4, 8"):
        read_weights(tmp_path / "wrong.safetensors")


def test_segmenting_weights_do_not_fit_data_of_classes(folder):
    with pytest.raises(UserError, match="labelled with maps are needed for segmentation; got digits"):
        evaluate_weights(EvaluationRequest(checkpoint=folder, data="digits"))


@pytest.mark.parametrize("form", ["torch_export", "onnx", "safetensors"])
def test_a_segmenter_is_exported_and_gives_the_same_maps(folder, tmp_path, form):
    suffix = {"torch_export": ".pt2", "onnx": ".onnx", "safetensors": ".safetensors"}[form]
    words = ["export", str(folder), "--to", form, "--out", str(tmp_path / f"segmenter{suffix}")]
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 0, done.output
    assert (tmp_path / f"segmenter{suffix}").stat().st_size > 50_000


def test_a_timm_folder_holds_the_backbone_of_a_segmenter(folder, tmp_path):
    done = CliRunner().invoke(app, ["export", str(folder), "--to", "timm", "--out", str(tmp_path / "timm")])
    assert done.exit_code == 0, done.output
    assert "holds the backbone, without the rest of the head" in done.output
    model = timm.create_model(f"local-dir:{tmp_path / 'timm'}", pretrained=True, features_only=True).eval()
    ours, images = read_weights(folder / "weights.safetensors").model().backbone, torch.randn(2, 3, 32, 32)
    for theirs, other in zip(model(images), ours.forward_intermediates(images)[1], strict=True):
        assert torch.equal(theirs, other)


def test_fresh_weights_have_zero_cost_scores():
    values = measure(TEXT, RECIPE, 0, latency=True).values
    assert set(values) >= {"grad_norm", "jacob_cov", "synflow", "latency_ms"}
    assert values["grad_norm"] > 0


def test_one_image_has_no_mean_to_be_normalised_in_the_head():
    with pytest.raises(
        UserError, match="the mean over all pixels in head deeplabv3plus\n  take a batch of 2"
    ):
        check_network(to_network(TEXT), RECIPE.model_copy(update={"batch": 1}))


def test_two_processes_give_the_losses_and_scores_of_one(tmp_path, call_in, trained):
    steady = replace(RECIPE.head, dropout=0.0)  # what is dropped differs between processes
    recipe = RECIPE.model_copy(update={"epochs": 2, "optimizer": "sgd", "head": steady})
    two_folder = train_on_two_processes(tmp_path, TEXT, recipe)
    assert trained(call_in(tmp_path / "one", network=TEXT, recipe=recipe.content()))
    for one, two in zip(rows(tmp_path / "one"), rows(two_folder), strict=True):
        for name in ("train_loss", "val_loss"):
            assert float(one[name]) == pytest.approx(float(two[name]), abs=1e-4)
        assert float(one["miou"]) == pytest.approx(float(two["miou"]), abs=2e-3)


def test_the_command_counts_backbone_and_head_apart_and_together():
    words = ["cost", "tiny_moat_0", "--resolution", "512", "--classes", "150", "--head", "deeplabv3plus"]
    done = CliRunner().invoke(app, words)
    lines = {line.split()[0]: line.split() for line in done.output.splitlines() if line.strip()}
    assert lines["head"][1:4] == ["150x512x512", "854,950", "2,654,797,824"]
    assert lines["total"][1:3] == ["3,952,786", "10,328,829,952"]
    assert "head deeplabv3plus" in done.output
    dense = CliRunner().invoke(app, [*words[:-1], "deeplabv3plus,separable=false"])
    assert "5,518,738" in dense.output  # published for tiny-MOAT-0 on ADE20K: 6 M
