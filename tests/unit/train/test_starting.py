"""A training that starts from weights."""

from dataclasses import replace

import pytest
import torch

from moat_lab import evaluate
from moat_lab.errors import UserError
from moat_lab.grammar import parse
from moat_lab.models.weights import read_weights
from moat_lab.train import Recipe
from moat_lab.train.epochs import eager_reason
from moat_lab.train.pretrained import pretrained_file, pretrained_state
from moat_lab.train.recipe_checks import resolved
from moat_lab.train.run import Run
from moat_lab.train.short_training import pretrain
from moat_lab.train.stacked import reason_not_together
from moat_lab.train.starting import check_strict, inheritance_of, inheritance_sentence
from moat_lab.train.trainer import Trainer, fresh_model
from tests.unit.train.small import RECIPE, TEXT, Watched, bits

NETWORK = parse(TEXT)
WIDER = "stem(4) | 2x mbconv @8 | 1x mbconv @16 for 16px"


@pytest.fixture(scope="module")
def source(call_in, trained, tmp_path_factory):
    """The folder of a finished training."""
    folder = tmp_path_factory.mktemp("source")
    assert trained(call_in(folder))
    return folder


@pytest.fixture
def recipe(source):
    return resolved(RECIPE.model_copy(update={"weights": str(source), "ema": 0.0}))


def test_a_model_starts_from_the_weights_whatever_its_seed(source, recipe):
    known = read_weights(source / "weights.safetensors").state
    for seed in (0, 1):
        model = fresh_model(NETWORK, recipe, seed, "cpu")
        assert all(
            torch.equal(model.state_dict()[name], known[name]) for name in known if "num_b" not in name
        )


def test_what_no_weights_fit_is_that_of_the_seed(recipe):
    wider = parse(WIDER)
    started = fresh_model(wider, recipe, 0, "cpu").state_dict()
    fresh = fresh_model(wider, recipe.model_copy(update={"weights": ""}), 0, "cpu").state_dict()
    name = "stages.1.block_0.mbconv.branch.expand_conv.weight"
    assert torch.equal(started[name], fresh[name])
    assert not torch.equal(started["stem.conv_0.weight"], fresh["stem.conv_0.weight"])


def test_the_first_epoch_is_better_than_without(recipe):
    recipe = recipe.model_copy(update={"learning_rate": 1e-4, "epochs": 1, "curve_points": 1})
    started = evaluate(TEXT, recipe, 0)
    without = evaluate(TEXT, recipe.model_copy(update={"weights": ""}), 0)
    assert started.final_loss < 0.9 * without.final_loss
    assert started.environment["inherited"] == 1.0
    assert "inherited" not in without.environment
    assert started.recipe["weights"] == recipe.weights
    assert started.recipe_key != without.recipe_key


def test_the_sentence_counts_what_was_taken_and_names_what_was_not(recipe):
    found = inheritance_of(parse(WIDER), recipe)
    assert inheritance_sentence(found, recipe) == (
        f"Starts from {recipe.weights}: {100 * found.share:.1f} % of the weights; "
        "anew: stages.1.block_0, head.norm, head.classifier."
    )
    assert 0.2 < found.share < 0.5
    with pytest.raises(UserError, match=r"--strict: .* has no weights for stages\.1\.block_0\.mbconv"):
        check_strict(found, recipe)
    check_strict(inheritance_of(NETWORK, recipe), recipe)


def test_weights_of_which_nothing_fits_are_refused(recipe):
    with pytest.raises(UserError, match=r"none of .* fits stem\(6\)"):
        fresh_model(parse("stem(6) | 1x attn(head=2)+mlp @12 for 16px"), recipe, 0, "cpu")


def test_a_stopped_training_goes_on_to_the_same_bits(call_in, trained, recipe, tmp_path):
    manifest = {"recipe": recipe.content(), "recipe_key": recipe.key}
    whole, stopped = (call_in(tmp_path / name, **manifest) for name in ("whole", "stopped"))
    said = Watched()
    assert trained(whole, said)
    assert f"Starts from {recipe.weights}: 100.0 % of the weights." in said.said.replace("\n", " ")
    assert not trained(stopped, Watched(stop_after=5))
    assert trained(stopped)
    assert bits(stopped.folder) == bits(whole.folder)


def test_each_layer_learns_at_a_share_of_the_next_ones_rate():
    recipe = RECIPE.model_copy(update={"layer_decay": 0.5, "warmup_epochs": 0.0})
    model = fresh_model(NETWORK, recipe, 0, "cpu")
    trainer = Trainer(model.train(), recipe)
    trainer.step(torch.zeros(4, 1, 8, 8), torch.zeros(4, dtype=torch.int64))
    names = {id(weight): name for name, weight in model.named_parameters()}
    rates = {
        names[id(weight)]: group["lr"]
        for group in trainer.optimizer.param_groups
        for weight in group["params"]
    }
    shares = [0.125, 0.25, 0.5, 1.0]
    parts = ["stem.conv_0", "stages.0.block_0", "stages.0.block_1", "head.classifier"]
    for part, share in zip(parts, shares, strict=True):
        found = {rate for name, rate in rates.items() if name.startswith(part)}
        assert [*found] == [pytest.approx(share * 0.01)]
    assert trainer.learning_rate == pytest.approx(0.01)
    assert eager_reason(recipe) == "each layer has a learning rate of its own"
    assert reason_not_together(recipe).startswith("timm finds no layers")


def test_a_frozen_layer_keeps_weights_and_statistics_and_the_head_learns_first(recipe):
    recipe = recipe.model_copy(update={"frozen_stages": 0, "head_epochs": 1, "layer_decay": 1.0})
    model = fresh_model(NETWORK, recipe, 0, "cpu")
    trainer = Trainer(model, recipe)
    start = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    for epoch, learning in ((1, "head."), (2, ("head.", "stages."))):
        trainer.begin_epoch(epoch)
        trainer.step(torch.rand(4, 1, 8, 8), torch.zeros(4, dtype=torch.int64))
        now = model.state_dict()
        assert {name for name in now if not torch.equal(now[name], start[name])} == {
            name for name in now if name.startswith(learning)
        }
    assert eager_reason(recipe) == "layers are frozen in some epochs"
    assert reason_not_together(recipe) == "a stacked model has no stages to freeze"


def test_frozen_layers_need_weights_to_start_from_and_have_to_be_there(recipe):
    with pytest.raises(UserError, match="weights to start from are needed for frozen_stages"):
        resolved(RECIPE.model_copy(update={"frozen_stages": 0}))
    with pytest.raises(
        UserError, match="frozen_stages: at most 1, the stages that there are, is needed; got 2"
    ):
        evaluate(TEXT, recipe.model_copy(update={"frozen_stages": 2}), 0)


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("MOAT_LAB_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache/pretrained"


def pretrained(**changes) -> Recipe:
    return Recipe.model_validate(RECIPE.content() | {"pretrain": RECIPE.content() | changes})


def test_a_pretraining_is_done_once_for_each_seed(cache):
    recipe = pretrained(ema=0.0)
    first = evaluate(TEXT, recipe, 0)
    made = {file: file.stat().st_mtime_ns for file in cache.glob("*.safetensors")}
    assert len(made) == 1
    again, other = evaluate(TEXT, recipe, 0), evaluate(TEXT, recipe, 1)
    assert (again.scores, again.final_loss) == (first.scores, first.final_loss)
    assert other.final_loss != first.final_loss
    assert len(list(cache.glob("*.safetensors"))) == 2
    assert all(file.stat().st_mtime_ns == at for file, at in made.items())
    assert first.environment["inherited"] == 1.0
    assert first.recipe_key != RECIPE.key


def test_a_training_goes_on_with_the_weights_of_its_pretraining(cache):
    recipe = pretrained(epochs=2, ema=0.0, curve_points=1)
    run = Run(network=NETWORK, recipe=recipe, seed=3)
    pretrain(run, "cpu")
    known = pretrained_state(replace(run, recipe=recipe.pretrain), "cpu")
    model = fresh_model(NETWORK, recipe, 3, "cpu").state_dict()
    assert all(torch.equal(model[name], known[name]) for name in known if "num_b" not in name)


def test_after_other_data_the_classifier_starts_anew_though_it_would_fit(cache):
    found = inheritance_of(NETWORK, pretrained(data="shifted"))
    assert found.named("fresh") == ["head.classifier.weight", "head.classifier.bias"]


def test_a_pretraining_that_was_ended_goes_on_from_its_last_validation(cache):
    run = Run(network=NETWORK, recipe=pretrained(), seed=0)
    first = replace(run, recipe=run.recipe.pretrain)
    pretrain(run, "cpu")
    whole = pretrained_state(first, "cpu")
    pretrained_file(first, "cpu").unlink()

    def stop(_, epoch):
        if epoch.epoch == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        pretrain(run, "cpu", stop)
    told = []
    pretrain(run, "cpu", lambda _, epoch: told.append(epoch.epoch))
    assert told == [3, 4]
    again = pretrained_state(first, "cpu")
    assert all(torch.equal(again[name], whole[name]) for name in whole)
    assert sorted(file.suffix for file in cache.iterdir()) == [".lock", ".safetensors"]


def test_a_training_in_a_folder_shows_its_pretraining_and_a_loss_that_is_not_finite(
    cache, call_in, trained, tmp_path
):
    recipe = pretrained(epochs=2, curve_points=2)
    call = call_in(tmp_path / "one", recipe=recipe.content(), recipe_key=recipe.key)
    assert trained(call, said := Watched())
    assert "pretraining 1/2  loss " in said.said
    assert f"Starts from a training on digits (recipe {recipe.pretrain.key}): 100.0 %" in said.said
    wild = pretrained(learning_rate=1e30)
    call = call_in(tmp_path / "two", recipe=wild.content(), recipe_key=wild.key)
    with pytest.raises(UserError, match=r"in the pretraining, the loss was .*\n.*lower learning_rate"):
        trained(call)
    failed = evaluate(TEXT, wild, 0)
    assert (failed.status, "in the pretraining" in failed.error) == ("failed", True)
