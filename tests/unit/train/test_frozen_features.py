"""Frozen features are judged by what simple classifiers make of them."""

import numpy as np
import pytest
import torch
from typer.testing import CliRunner

from moat_lab.__main__ import app
from moat_lab.errors import UserError
from moat_lab.grammar import parse
from moat_lab.train import Recipe
from moat_lab.train.frozen_features import features, probe, recipe_to_probe
from moat_lab.train.images import load_images
from moat_lab.train.trainer import fresh_model
from tests.unit.train.small import RECIPE, TEXT

MANY = RECIPE.model_copy(update={"train": 300, "val": 200})


def test_fresh_features_are_far_above_chance_and_the_same_each_time():
    first, second = probe(TEXT, MANY), probe(TEXT, MANY)
    assert first == second
    assert first.started == "Fresh weights, of seed 0."
    assert (first.train, first.val, first.features) == (300, 200, 8)
    assert 0.3 < first.linear < 0.95
    assert 0.3 < first.nearest < 0.95


def test_features_are_what_the_classifier_is_given():
    network = parse(TEXT)
    model = fresh_model(network, MANY, 0, "cpu").eval()
    train, _ = load_images(MANY, "cpu")
    found, labels = features(model, train, MANY)
    x, y = next(iter(train.in_order(batch=50)))
    given = model.forward_head(model.forward_features(x), pre_logits=True)
    assert torch.allclose(model.head.classifier(given[:, :, None, None])[:, :, 0, 0], model(x), atol=1e-5)
    assert np.allclose(found[:50], given.detach())
    assert labels[:50].tolist() == y.tolist()


@pytest.fixture(scope="module")
def source(call_in, trained, tmp_path_factory):
    folder = tmp_path_factory.mktemp("source")
    content = RECIPE.model_copy(update={"train": 600, "epochs": 6}).content()
    assert trained(call_in(folder, recipe=content))
    return folder


def test_a_training_makes_its_features_better_than_fresh_ones(source):
    found = probe(source, MANY)
    assert found.started.startswith(f"Starts from {source}@")
    assert found.linear > probe(TEXT, MANY).linear
    assert found == probe(TEXT, MANY.model_copy(update={"weights": str(source)}))


def test_the_command_prints_both_and_names_a_wrong_recipe(source, tmp_path):
    done = CliRunner().invoke(app, ["probe", str(source), "--recipe", "digits"])
    lines = done.stdout.splitlines()
    assert [line.split()[0] for line in lines[-3:]] == ["linear", "nearest", "images"]
    assert lines[-1] == "images    100 to fit, 1,000 to judge; 8 features each"
    own = CliRunner().invoke(app, ["probe", str(source)])
    assert own.stdout.splitlines()[-1] == "images    600 to fit, 40 to judge; 8 features each"
    segmentation = Recipe.model_validate(
        RECIPE.content() | {"task": "segmentation", "data": "scenes:segment", "augmentation": {}}
    )
    with pytest.raises(UserError, match="a recipe for classification is needed; got one for segmentation"):
        probe(TEXT, segmentation)
    with pytest.raises(UserError, match=r"--recipe: one is needed for tiny_moat_0; only a training's folder"):
        recipe_to_probe("tiny_moat_0", "")


def test_weights_that_are_there_are_not_pretrained_again(source, tmp_path, monkeypatch):
    monkeypatch.setenv("MOAT_LAB_CACHE", str(tmp_path))
    found = probe(source, MANY.model_copy(update={"pretrain": RECIPE}))
    assert found == probe(source, MANY)
    assert not [*tmp_path.rglob("*pretrained*")]
