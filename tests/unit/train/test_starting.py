"""A training that starts from weights."""

import pytest
import torch

from moat_lab import evaluate
from moat_lab.errors import UserError
from moat_lab.grammar import parse
from moat_lab.models.weights import read_weights
from moat_lab.train.epochs import eager_reason
from moat_lab.train.recipe_checks import resolved
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
