import shutil

import pytest
import torch

from moat_lab import GrammarError, cost, evaluate
from moat_lab.errors import UserError
from moat_lab.grammar import to_network
from moat_lab.train import Recipe
from moat_lab.train.epochs import eager_epoch
from moat_lab.train.images import load_images
from moat_lab.train.run import derived
from moat_lab.train.trainer import Trainer, fresh_model, schedule
from moat_lab.train.training_loop import NonFiniteLossError, check_finite

SMALL = "stem(8) | 2x mbconv+attn(head=8) @8 for 16px"
RECIPE = Recipe(
    data="digits", resolution=16, train=200, val=100, epochs=6, batch=20, learning_rate=0.01, curve_points=3
)


def changed(**changes) -> Recipe:
    return RECIPE.model_copy(update=changes)


def outcome(evaluation):
    return evaluation.score, evaluation.final_loss, evaluation.curve


def test_a_training_learns_and_its_record_says_all():
    seen = []
    done = evaluate(SMALL, RECIPE, 3, on_epoch=seen.append)
    price = cost(SMALL, 16, num_classes=10, in_chans=1)
    assert done.status == "ok"
    assert done.score > 0.5
    assert done.curve == tuple(seen)
    assert [point.epoch for point in done.curve] == [2, 4, 6]
    assert done.curve[-1].train_loss < done.curve[0].train_loss < 2.4
    assert done.costs == price.values
    assert (done.network, done.seed, done.recipe_key) == (SMALL, 3, RECIPE.key)
    assert done.images_per_s == pytest.approx(1200 / done.train_s)
    assert done.environment["threads"] == 1
    assert "images" not in done.environment  # digits are always on the device


def test_the_same_seed_gives_the_same_bits_and_another_seed_others():
    short = changed(epochs=2, augmentation=RECIPE.augmentation.model_copy(update={"shift": 1, "erase": 0.3}))
    first, again, other = (outcome(evaluate(SMALL, short, seed)) for seed in (0, 0, 1))
    assert first == again
    assert first != other


def test_the_test_split_is_opened_where_the_recipe_says_so_and_changes_nothing_else():
    closed, opened = (evaluate(SMALL, changed(epochs=2, test=test), 0) for test in (False, True))
    assert outcome(closed) == outcome(opened)
    assert closed.test_scores == {}
    assert opened.test_scores.keys() == {"top1", "top5"}
    assert opened.test_scores["top1"] * 1497 == pytest.approx(
        round(opened.test_scores["top1"] * 1497), abs=1e-6
    )


def test_what_ran_before_changes_nothing_and_global_generators_are_given_back():
    short = changed(epochs=1, drop_path=0.5)
    torch.manual_seed(7)
    before = torch.random.get_rng_state()
    first = outcome(evaluate(SMALL, short, 0))
    assert torch.equal(torch.random.get_rng_state(), before)
    torch.rand(5)
    assert outcome(evaluate(SMALL, short, 0)) == first


def test_networks_with_one_seed_start_from_the_same_weights_and_see_the_same_batches():
    wider = SMALL.replace("2x", "3x")
    one, two = (fresh_model(to_network(text), RECIPE, 0, "cpu") for text in (SMALL, wider))
    assert torch.equal(one.stem.conv_0.weight, two.stem.conv_0.weight)
    assert torch.equal(
        one.stages[0].block_0.mbconv.branch.expand_conv.weight,
        two.stages[0].block_0.mbconv.branch.expand_conv.weight,
    )


@pytest.mark.parametrize(
    "changes",
    [
        {"precision": "bfloat16"},
        {"ema": 0.5},
        {"clip_grad": 1.0},
        {"optimizer": "lion", "learning_rate": 0.001},
        {"schedule": "constant"},
        {"label_smoothing": 0.1},
        {"drop_path": 0.1},
    ],
    ids=str,
)
def test_every_choice_of_a_recipe_trains_and_changes_the_result(changes):
    short = {"epochs": 3, "curve_points": 1, "batch_norm_momentum": 0.5}
    done = evaluate(SMALL, changed(**short, **changes), 0)
    assert done.status == "ok"
    assert done.score > 0.15
    assert outcome(done) != outcome(evaluate(SMALL, changed(**short), 0))


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("g++") is None, reason="torch.compile needs a C++ compiler on a CPU")
def test_a_compiled_model_changes_rounding_at_most():
    short, text = changed(train=40, epochs=2, curve_points=1), "stem(4) | 1x mbconv @4 for 16px"
    compiled = evaluate(text, short.model_copy(update={"compile": "reduce-overhead"}), 0)
    assert compiled.status == "ok"
    assert compiled.final_loss == pytest.approx(evaluate(text, short, 0).final_loss, rel=1e-4)


def test_the_layout_of_the_images_changes_rounding_at_most():
    last, contiguous = (
        evaluate(SMALL, changed(epochs=1, memory_format=m), 0) for m in ("channels_last", "contiguous")
    )
    assert last.final_loss == pytest.approx(contiguous.final_loss, rel=1e-4)


def test_a_loss_that_is_not_finite_ends_as_a_failed_evaluation_with_the_step():
    done = evaluate(SMALL, changed(learning_rate=1e30, optimizer="sgd"), 0)
    assert done.status == "failed"
    assert done.score is None
    assert done.error.splitlines()[-1].startswith("NonFiniteLossError: the loss was nan at step ")
    assert "training_loop.py" in done.error
    assert "/" not in done.error


def test_the_step_of_a_bad_loss_counts_from_one():
    losses = torch.tensor([1.0, float("inf"), float("nan")])
    with pytest.raises(NonFiniteLossError, match="the loss was inf at step 12"):
        check_finite(losses, first_step=11)
    check_finite(losses[:1], first_step=11)


def test_the_learning_rate_rises_and_falls_to_nothing():
    recipe = changed(epochs=3, warmup_epochs=1)
    weight = torch.nn.Parameter(torch.zeros(1))
    optimizer = torch.optim.SGD([weight], lr=recipe.learning_rate)
    plan = schedule(optimizer, recipe)
    rates = []
    for step in range(31):
        plan.step_update(step)
        rates.append(optimizer.param_groups[0]["lr"])
    assert rates[0] == 0
    assert rates[5] == pytest.approx(0.005)
    assert max(rates) == rates[10] == pytest.approx(0.01)
    assert rates[30] == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize("warmup", [0, 1])
def test_a_training_of_one_step_has_the_full_rate_or_that_of_its_warm_up_and_no_warning(warmup, caplog):
    recipe = changed(train=20, batch=20, epochs=1, warmup_epochs=warmup)
    optimizer = torch.optim.SGD([torch.zeros(1)], lr=recipe.learning_rate)
    schedule(optimizer, recipe).step_update(0)
    assert optimizer.param_groups[0]["lr"] == (0 if warmup else recipe.learning_rate)
    assert not caplog.records


def test_val_images_never_train():
    train, val = load_images(RECIPE, "cpu")
    trainer = Trainer(fresh_model(to_network(SMALL), RECIPE, 0, "cpu"), RECIPE)
    before = val.images.clone()
    losses = list(eager_epoch(trainer, train, [torch.Generator().manual_seed(0)]))
    assert len(losses) == 10
    assert trainer.steps == 10
    assert torch.equal(val.images, before)


def test_batch_norm_has_the_momentum_of_the_recipe():
    model = fresh_model(to_network(SMALL), changed(batch_norm_momentum=0.25), 0, "cpu")
    momenta = {m.momentum for m in model.modules() if isinstance(m, torch.nn.BatchNorm2d)}
    assert momenta == {0.25}


@pytest.mark.parametrize(
    ("text", "changes", "device", "error", "message"),
    [
        ("stem(8) | 1x mbcnv @8", {}, "cpu", GrammarError, "did you mean 'mbconv'"),
        (SMALL, {"data": "digit"}, "cpu", UserError, "did you mean 'digits'"),
        (SMALL, {"train": 1700, "val": 500}, "cpu", UserError, "at most 1797"),
        (SMALL, {"optimizer": "adamx"}, "cpu", UserError, "no optimizer 'adamx'"),
        (SMALL, {}, "cuda:99", UserError, "device 'cuda:99' cannot be used here"),
    ],
)
def test_a_mistake_is_an_error_and_no_record(text, changes, device, error, message):
    with pytest.raises(error, match=message):
        evaluate(text, changed(**changes), 0, device=device)


def test_streams_of_one_seed_are_unrelated_and_fixed():
    assert derived(0, "weights") == 133441691874178746
    assert derived(0, "order") != derived(0, "weights") != derived(1, "weights")
