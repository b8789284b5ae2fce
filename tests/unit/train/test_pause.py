"""A training that was paused goes on as if it had not been, to the last bit."""

import pytest
import torch

from moat_lab import evaluate
from moat_lab.errors import UserError
from moat_lab.grammar import to_network
from moat_lab.heads import typed_head
from moat_lab.train import Augmentation, Recipe
from moat_lab.train.checksummed import read_checksummed, write_checksummed
from moat_lab.train.run import Run
from moat_lab.train.short_training import fresh_training, train_seeds

SMALL = "stem(8) | 1x mbconv @8 | 1x mbconv+attn(head=8) @16 for 16px"
RECIPE = Recipe(
    data="digits", resolution=16, train=120, val=60, epochs=6, batch=20, learning_rate=0.01, curve_points=3
)
EVERYTHING = {
    "ema": 0.9,
    "drop_path": 0.5,
    "augmentation": Augmentation(shift=2, flip=True, erase=0.5),
    "clip_grad": 0.1,
    "warmup_epochs": 3,
    "label_smoothing": 0.1,
}


SEGMENTED = {
    "data": "scenes:segment",
    "task": "segmentation",
    "head": typed_head("deeplabv3plus,channels=16,output_stride=8"),
    "fresh": True,
    "augmentation": Augmentation(flip=True, shift=2, crop=0.5),
}
DETECTED = {
    "data": "scenes:detect",
    "task": "instances",
    "head": typed_head("cascade_mask_rcnn,channels=8,hidden=8,scale=4,proposals=8,samples=8"),
    "train": 40,
    "val": 10,
    "augmentation": Augmentation(flip=True, shift=2, crop=0.5),
}


def changed(**changes) -> Recipe:
    return RECIPE.model_copy(update=changes)


def trained(recipe, **options):
    """The curve and the weights of a training."""
    runs = [Run(network=to_network(SMALL), recipe=recipe, seed=0)]
    training = fresh_training(runs)
    model = train_seeds(training, runs, **options)
    return training.progress[0].curve, model.state_dict()


def outcome(evaluation):
    return evaluation.status, evaluation.score, evaluation.final_loss, evaluation.curve


@pytest.fixture(scope="module")
def whole():
    """The evaluation of the training that nobody paused."""
    return evaluate(SMALL, RECIPE, 0)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        EVERYTHING,
        {"optimizer": "sgd"},
        SEGMENTED,
        DETECTED,  # draws its samples on the way
        {"memory_format": "contiguous"},
        {"precision": "bfloat16"},
        {"optimizer": "lamb"},  # counts its steps in a tensor of its groups
        {"optimizer": "lookahead_adafactor"},  # plain numbers beside tensors of other shapes
    ],
    ids=str,
)
def test_a_paused_training_goes_on_to_the_same_bits(tmp_path, changes):
    recipe, seen = changed(**changes), []
    curve, weights = trained(recipe)
    trained(recipe, last_epoch=2, checkpoints=tmp_path)
    torch.rand(7)  # what happens in between is of no importance
    again, same = trained(recipe, checkpoints=tmp_path, on_epoch=lambda seed, point: seen.append(point))
    assert [point.epoch for point in seen] == [4, 6]
    assert again == curve
    assert weights.keys() == same.keys()
    assert [name for name in weights if not torch.equal(weights[name], same[name])] == []
    assert [name for name in weights if weights[name].stride() != same[name].stride()] == []


def test_a_training_can_be_paused_twice_and_its_cost_adds_up(tmp_path, whole):
    first, second, last = (
        evaluate(SMALL, RECIPE, 0, last_epoch=epoch, checkpoints=tmp_path) for epoch in (2, 4, None)
    )
    assert [e.status for e in (first, second, last)] == ["paused", "paused", "ok"]
    assert [e.epochs for e in (first, second, last)] == [2, 4, 6]
    assert outcome(last) == outcome(whole)
    assert first.train_s < second.train_s < last.train_s
    seen = [round(e.images_per_s * e.train_s) for e in (first, second, last)]
    assert seen == [240, 480, 720]


def test_a_paused_evaluation_says_how_far_it_came(whole):
    paused = evaluate(SMALL, RECIPE, 0, last_epoch=4)
    assert outcome(paused) == ("paused", None, whole.curve[1].train_loss, whole.curve[:2])


def test_without_a_folder_a_training_starts_anew(tmp_path, whole):
    evaluate(SMALL, RECIPE, 0, last_epoch=2)
    seen = []
    assert outcome(evaluate(SMALL, RECIPE, 0, checkpoints=tmp_path, on_epoch=seen.append)) == outcome(whole)
    assert len(seen) == 3
    assert list(tmp_path.iterdir()) == []


def test_paused_where_it_stands_a_training_does_nothing(tmp_path):
    paused, seen = evaluate(SMALL, RECIPE, 0, last_epoch=2, checkpoints=tmp_path), []
    again = evaluate(SMALL, RECIPE, 0, last_epoch=2, checkpoints=tmp_path, on_epoch=seen.append)
    assert seen == []
    assert outcome(again) == outcome(paused)
    assert again.train_s == paused.train_s


def test_the_recipe_s_last_epoch_is_the_end(tmp_path, whole):
    assert outcome(evaluate(SMALL, RECIPE, 0, last_epoch=6, checkpoints=tmp_path)) == outcome(whole)
    assert list(tmp_path.iterdir()) == []


def cut(content):
    return content[:-100]


def one_bit_flipped(content):
    return content[:-100] + bytes([content[-100] ^ 1]) + content[-99:]


def emptied(content):
    return b""


@pytest.mark.parametrize("damage", [cut, one_bit_flipped, emptied])
def test_a_damaged_checkpoint_starts_anew_with_an_equal_result(tmp_path, whole, damage):
    evaluate(SMALL, RECIPE, 0, last_epoch=2, checkpoints=tmp_path)
    (path,) = tmp_path.iterdir()
    path.write_bytes(damage(path.read_bytes()))
    seen = []
    assert outcome(evaluate(SMALL, RECIPE, 0, checkpoints=tmp_path, on_epoch=seen.append)) == outcome(whole)
    assert len(seen) == 3


def test_a_checkpoint_of_other_layers_starts_anew_with_an_equal_result(tmp_path, whole):
    evaluate(SMALL, RECIPE, 0, last_epoch=2, checkpoints=tmp_path)
    (path,) = tmp_path.iterdir()
    content, tensors = read_checksummed(path)
    write_checksummed(
        path, content, {name: t for name, t in tensors.items() if name != "model/head.norm.bias"}
    )
    seen = []
    assert outcome(evaluate(SMALL, RECIPE, 0, checkpoints=tmp_path, on_epoch=seen.append)) == outcome(whole)
    assert len(seen) == 3


def test_the_checkpoint_of_another_seed_is_not_used(tmp_path):
    evaluate(SMALL, RECIPE, 1, last_epoch=2, checkpoints=tmp_path)
    (path,) = tmp_path.iterdir()
    assert path.name == f"{to_network(SMALL).key}-{RECIPE.key}-1.safetensors"
    path.rename(tmp_path / path.name.replace("-1.", "-0."))
    seen = []
    evaluate(SMALL, RECIPE, 0, checkpoints=tmp_path, on_epoch=seen.append)
    assert len(seen) == 3


def test_a_checkpoint_of_a_later_epoch_is_not_used_and_stays(tmp_path, whole):
    evaluate(SMALL, RECIPE, 0, last_epoch=4, checkpoints=tmp_path)
    seen = []
    early = evaluate(SMALL, RECIPE, 0, last_epoch=2, checkpoints=tmp_path, on_epoch=seen.append)
    assert early.curve == tuple(seen) == whole.curve[:1]
    rest = []
    assert outcome(evaluate(SMALL, RECIPE, 0, checkpoints=tmp_path, on_epoch=rest.append)) == outcome(whole)
    assert [point.epoch for point in rest] == [6]


def test_a_failure_after_a_pause_keeps_the_curve(tmp_path):
    # One step an epoch: the first at a rate of 0, the second far too large, the third sees what that did.
    diverging = changed(
        batch=120, optimizer="sgd", learning_rate=1e30, warmup_epochs=6, schedule="constant", curve_points=6
    )
    paused = evaluate(SMALL, diverging, 0, last_epoch=1, checkpoints=tmp_path)
    failed = evaluate(SMALL, diverging, 0, checkpoints=tmp_path)
    assert (paused.status, failed.status, failed.score) == ("paused", "failed", None)
    assert [point.epoch for point in failed.curve] == [1, 2]
    assert failed.curve[0] == paused.curve[0]
    assert failed.error.splitlines()[-1] == "NonFiniteLossError: the loss was nan at step 3"


@pytest.mark.parametrize(
    ("last_epoch", "nearest"), [(0, "2, 4"), (1, "2, 4"), (3, "2, 4"), (5, "4, 6"), (7, "4, 6")]
)
def test_a_training_is_paused_only_after_a_validation(last_epoch, nearest):
    with pytest.raises(UserError) as error:
        evaluate(SMALL, RECIPE, 0, last_epoch=last_epoch)
    assert str(error.value) == (
        f"last_epoch: an epoch that ends with a validation is needed; got {last_epoch}\n"
        f"  nearest: {nearest}; the recipe's curve_points says how many there are"
    )


def test_a_resumable_training_that_ends_on_the_way_goes_on_after_its_last_validation(whole, tmp_path):
    heard = []

    def dies_at_four(point):
        heard.append(point.epoch)
        if point.epoch == 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        evaluate(SMALL, RECIPE, 0, checkpoints=tmp_path, resumable=True, on_epoch=dies_at_four)
    again = evaluate(SMALL, RECIPE, 0, checkpoints=tmp_path, resumable=True, on_epoch=dies_at_four)
    assert heard == [2, 4, 6]
    assert outcome(again) == outcome(whole)
