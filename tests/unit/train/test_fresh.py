"""Images that are drawn while a network trains: fresh ones in each epoch, for any number of processes."""

import numpy as np
import pytest
import torch

from moat_lab.data import dataset, split
from moat_lab.errors import UserError
from moat_lab.train import Augmentation, Recipe, evaluate, evaluate_together
from moat_lab.train.batches import BatchShare
from moat_lab.train.fresh import Fresh
from moat_lab.train.images import load_images
from moat_lab.train.recipe_checks import resolved
from moat_lab.train.resident import Resident
from moat_lab.train.summary import data_summary
from moat_lab.train.weights_evaluation import EvaluationRequest, evaluate_weights
from tests.unit.train.small import Watched, bits, curve, rows

TEXT = "stem(4) | 1x mbconv @8 for 16px"
RECIPE = Recipe(
    data="scenes:pair:400",
    fresh=True,
    resolution=16,
    train=80,
    val=60,
    epochs=4,
    batch=20,
    learning_rate=0.01,
    curve_points=4,
)
EVERYTHING = Augmentation(shift=2, flip=True, erase=0.3, crop=0.7)


def changed(**changes) -> Recipe:
    return RECIPE.model_copy(update=changes)


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@pytest.fixture(scope="module")
def loaded():
    return load_images(RECIPE, "cpu")


@pytest.fixture(scope="module")
def whole():
    """The evaluation of the training that nobody paused."""
    return evaluate(TEXT, RECIPE, 0)


def test_no_two_epochs_show_the_same_image_nor_one_of_the_data_set(loaded):
    train, val = loaded
    order = generator()
    shown = [x for _ in range(2) for x, _ in train.batches(20, Augmentation(), order)]
    own = [*train.in_order(), *val.in_order()]
    images = torch.cat([*shown, *(x for x, _ in own)])
    assert len(shown) == 8
    assert len({image.numpy().tobytes() for image in images}) == 2 * 80 + 80 + 60


def test_one_generator_gives_one_epoch(loaded):
    train, _ = loaded
    first, again, other = (next(train.batches(20, EVERYTHING, generator(seed))) for seed in (0, 0, 1))
    assert torch.equal(first[0], again[0])
    assert torch.equal(first[1], again[1])
    assert not torch.equal(first[0], other[0])


def test_labels_are_those_of_the_images(loaded):
    train, _ = loaded
    drawn = dataset(RECIPE.data).drawn
    positions = torch.randint(400, 2**62, (4, 20), generator=generator())[0].numpy()
    images, labels = next(train.batches(20, Augmentation(), generator()))
    pixels = torch.from_numpy(drawn.images(positions, 16))
    assert torch.equal(labels, torch.from_numpy(positions % 8))
    assert torch.equal((images * train.deviation + train.mean).round().to(torch.uint8), pixels)


def test_val_is_the_data_set_s_own_and_only_that_is_drawn(loaded):
    train, val = loaded
    drawn = dataset(RECIPE.data).drawn
    parts = split(drawn.labels, train=80, val=60, seed=0)
    assert isinstance(val, Resident)
    assert np.array_equal(val.images.numpy(), drawn.images(parts.val, 16))
    assert torch.equal(val.mean, train.mean)
    assert np.array_equal(train.labels.numpy(), drawn.labels_of(parts.train))


def test_the_data_set_s_own_images_are_normalised(loaded):
    train, _ = loaded
    images = torch.cat([x for x, _ in train.in_order()])
    assert images.mean().item() == pytest.approx(0, abs=1e-3)
    assert images.std().item() == pytest.approx(1, abs=1e-3)


@pytest.mark.parametrize("how", [Augmentation(), EVERYTHING], ids=["plain", "all"])
def test_two_processes_see_together_what_one_sees(loaded, how):
    train, _ = loaded
    whole_batches = list(train.batches(20, how, generator()))
    halves = [list(train.batches(20, how, generator(), BatchShare(rank=rank, of=2))) for rank in (0, 1)]
    for (x, y), *shares in zip(whole_batches, *halves, strict=True):
        for rank, (of_images, of_labels) in enumerate(shares):
            assert torch.equal(of_images, x[rank::2])
            assert torch.equal(of_labels, y[rank::2])


def test_mixed_images_have_shares_of_classes(loaded):
    train, _ = loaded
    images, shares = next(train.batches(20, Augmentation(mixup=0.5), generator()))
    assert images.shape == (20, 3, 16, 16)
    assert torch.allclose(shares.sum(dim=1), torch.ones(20))


def test_a_training_that_was_paused_goes_on_to_the_same_numbers(tmp_path, whole):
    assert whole.status == "ok"
    evaluate(TEXT, RECIPE, 0, last_epoch=2, checkpoints=tmp_path)
    assert evaluate(TEXT, RECIPE, 0, checkpoints=tmp_path).curve == whole.curve


def test_a_training_that_was_stopped_within_an_epoch_goes_on_to_the_same_bits(call_in, trained, tmp_path):
    def call(name):
        return call_in(tmp_path / name, network=TEXT, recipe=RECIPE.content(), recipe_key=RECIPE.key)

    assert trained(call("whole"))
    assert not trained(call("stopped"), Watched(stop_after=6))
    assert trained(call("stopped"))
    assert curve(tmp_path / "stopped") == curve(tmp_path / "whole")
    assert bits(tmp_path / "stopped") == bits(tmp_path / "whole")
    for part, images in {"val": 60, "test": 260, "all": 400}.items():
        assert (
            evaluate_weights(EvaluationRequest(checkpoint=tmp_path / "whole", part=part)).result.images
            == images
        )
    again = evaluate_weights(EvaluationRequest(checkpoint=tmp_path / "whole"))
    assert str(again.result.scores["top1"]) == rows(tmp_path / "whole")[-1]["top1"]


def test_seeds_that_are_trained_together_see_what_each_sees_alone(whole):
    together = evaluate_together(TEXT, RECIPE, [0, 1])
    losses = [point.train_loss for point in together[0].curve]
    assert losses == pytest.approx([point.train_loss for point in whole.curve], rel=1e-4)
    assert losses != pytest.approx([point.train_loss for point in together[1].curve], rel=1e-2)


def test_without_fresh_the_same_images_are_shown_again():
    train, _ = load_images(changed(fresh=False), "cpu")
    assert not isinstance(train, Fresh)
    order = generator()
    epochs = [torch.cat([y for _, y in train.batches(20, Augmentation(), order)]) for _ in range(2)]
    assert len(train.labels) == 80
    assert torch.equal(epochs[0].sort().values, epochs[1].sort().values)


def test_data_that_are_not_drawn_cannot_be_drawn_anew():
    with pytest.raises(UserError, match="data that are drawn are needed for `fresh`; got digits"):
        resolved(changed(data="digits"))


def test_it_is_said_that_images_are_drawn_anew():
    assert "train 80 images, drawn anew in each epoch, and val 60 of 400" in data_summary(RECIPE)


def test_fresh_is_in_the_key_and_left_out_while_it_is_not_chosen():
    assert "fresh" not in changed(fresh=False).content()
    assert RECIPE.content()["fresh"] is True
    assert RECIPE.key != changed(fresh=False).key
