"""What is measured before a training is of the weights and the images that the training starts with."""

import pytest
import torch

from moat_lab import GrammarError
from moat_lab.errors import UserError
from moat_lab.grammar import to_network
from moat_lab.numerics import deterministic
from moat_lab.records.measurement import MEASUREMENT
from moat_lab.records.strict_json import from_text, to_text
from moat_lab.tasks.classification import TASK
from moat_lab.train import SCORES, Augmentation, Recipe, measure
from moat_lab.train.images import load_images
from moat_lab.train.measurement import first_batch
from moat_lab.train.processes import Processes
from moat_lab.train.run import Run
from moat_lab.train.training_loop import begin

SMALL = "stem(8) | 1x mbconv+attn(head=8) @8 for 16px"
RECIPE = Recipe(
    data="digits",
    resolution=16,
    train=60,
    val=40,
    epochs=2,
    batch=20,
    learning_rate=0.01,
    drop_path=0.5,
    augmentation=Augmentation(shift=2, erase=0.5),
)
RUN = Run(network=to_network(SMALL), recipe=RECIPE, seed=3)


def changed(**changes) -> Recipe:
    return RECIPE.model_copy(update=changes)


def test_a_measurement_has_every_score_of_the_first_weights():
    done = measure(SMALL, RECIPE, 3)
    assert (done.network, done.network_key) == (SMALL, to_network(SMALL).key)
    assert (done.recipe_key, done.seed, done.conditions) == (RECIPE.key, 3, {})
    assert done.environment["threads"] == 1
    with deterministic():
        model = begin([RUN], Processes()).trainer.model
    batch = first_batch(RECIPE, 3, "cpu")
    assert done.values == {name: score(model, *batch, TASK) for name, score in SCORES.items()}


def test_the_first_batch_is_the_trainings_own_not_augmented():
    images, labels = first_batch(RECIPE, 3, "cpu")
    train, _ = load_images(RECIPE, "cpu")
    with deterministic():
        (order,) = begin([RUN], Processes()).orders
    _, expected = next(train.batches(20, RECIPE.augmentation, order))
    assert torch.equal(labels, expected)
    plain = train.normalised(train.images)
    assert {int((plain == image).all(dim=(1, 2, 3)).sum()) for image in images} == {1}


def test_equal_seeds_give_equal_values_and_global_generators_are_given_back():
    before = torch.get_rng_state()
    first, again, other = (dict(measure(SMALL, RECIPE, seed).values) for seed in (0, 0, 1))
    assert first == again
    assert {name for name in first if first[name] != other[name]} == set(SCORES)
    assert torch.equal(torch.get_rng_state(), before)


def test_how_long_and_how_it_is_trained_does_not_matter():
    longer = changed(epochs=9, learning_rate=0.5, optimizer="sgd", augmentation=Augmentation(), drop_path=0.0)
    assert measure(SMALL, longer, 0).values == measure(SMALL, RECIPE, 0).values


def test_a_latency_comes_with_what_it_depends_on_and_comes_back_from_disk():
    done = measure(SMALL, RECIPE, 0, latency=True)
    assert done.values.keys() == {*SCORES, "latency_ms"}
    low, high = done.conditions["quartiles_ms"]
    assert 0 < low <= done.values["latency_ms"] <= high
    assert {
        key: done.conditions[key] for key in ("threads", "dtype", "layout", "batch", "resolution", "repeats")
    } == {
        "threads": 1,
        "dtype": "float32",
        "layout": "channels_last",
        "batch": 1,
        "resolution": [16, 16],
        "repeats": 30,
    }
    assert done.conditions["device"] == done.environment["processor"]
    assert from_text(MEASUREMENT, to_text(MEASUREMENT, done)) == done


@pytest.mark.parametrize(
    ("text", "changes", "device", "error", "message"),
    [
        ("stem(8) | 1x mbcnv @8", {}, "cpu", GrammarError, "did you mean 'mbconv'"),
        (SMALL, {"data": "digit"}, "cpu", UserError, "did you mean 'digits'"),
        (SMALL, {}, "cuda:99", UserError, "device 'cuda:99' cannot be used here"),
    ],
)
def test_a_mistake_is_an_error(text, changes, device, error, message):
    with pytest.raises(error, match=message):
        measure(text, changed(**changes), 0, device=device)
