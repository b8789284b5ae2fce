"""Seeds that are trained together give what each gives alone."""

from functools import partial

import pytest
import torch

from moat_lab.errors import UserError
from moat_lab.grammar import to_network
from moat_lab.heads import typed_head
from moat_lab.numerics import deterministic
from moat_lab.train import Augmentation, Recipe, evaluate, evaluate_together
from moat_lab.train.epochs import eager_epoch
from moat_lab.train.images import load_images
from moat_lab.train.processes import Processes
from moat_lab.train.run import Run, derived
from moat_lab.train.stacked import Stack, stacked_batches, stacked_clip, stacked_loss, undecayed
from moat_lab.train.trainer import Trainer, fresh_model
from moat_lab.train.training_loop import begin

TEXT = "stem(8) | 1x mbconv(se=0.25) @8 | 1x mbconv+attn(head=8, window=3) @16 for 16px"
SEEDS = (0, 3)
RECIPE = Recipe(
    data="digits", resolution=16, train=60, val=40, epochs=5, batch=20, learning_rate=0.003, curve_points=5
)
EVERYTHING = {
    "augmentation": Augmentation(shift=2, flip=True, randaugment=9, mixup=0.2),
    "clip_grad": 0.5,
    "label_smoothing": 0.1,
    "ema": 0.5,
    "warmup_epochs": 1,
}


SEGMENTED = {
    "data": "scenes:segment",
    "task": "segmentation",
    "head": typed_head("unet,channels=16"),
    "augmentation": Augmentation(flip=True),
}


def changed(**changes) -> Recipe:
    return RECIPE.model_copy(update=changes)


@pytest.mark.parametrize("changes", [{}, EVERYTHING, {"optimizer": "lion"}], ids=["plain", "all", "lion"])
def test_losses_are_those_of_the_seeds_one_by_one(changes):
    recipe, seen = changed(**changes), []
    done = evaluate_together(TEXT, recipe, SEEDS, on_epoch=lambda seed, point: seen.append((seed, point)))
    for together, seed in zip(done, SEEDS, strict=True):
        alone = evaluate(TEXT, recipe, seed)
        assert (together.seed, together.status) == (seed, "ok")
        losses = [point.train_loss for point in together.curve]
        assert losses == pytest.approx([point.train_loss for point in alone.curve], rel=1e-4)
        # Biases before a norm have no gradient but rounding, which moves them by whole steps in Adam and
        # Lion. In training the norm takes that back; running statistics follow a few steps behind.
        assert together.curve[-1].val_loss == pytest.approx(alone.curve[-1].val_loss, rel=1e-2)
        assert together.curve == tuple(point for other, point in seen if other == seed)
        assert together.environment["seeds_together"] == [0, 3]
        assert (together.costs, together.recipe_key) == (alone.costs, alone.recipe_key)


def stack_of(recipe: Recipe) -> Trainer:
    models = [fresh_model(to_network(TEXT), recipe, seed, "cpu").train() for seed in SEEDS]
    return Trainer(Stack(models), recipe, loss=stacked_loss, clip=stacked_clip)


def orders() -> list[torch.Generator]:
    return [torch.Generator().manual_seed(derived(seed, "order")) for seed in SEEDS]


def test_weights_and_running_statistics_are_those_of_each_seed_after_fifteen_steps():
    recipe = changed(optimizer="sgd", learning_rate=0.05, clip_grad=1.0, ema=0.5)
    images, _ = load_images(recipe, "cpu")
    with deterministic():
        trainer, order = stack_of(recipe), orders()
        for _ in range(5):
            for x, y in stacked_batches(images, recipe.batch, recipe.augmentation, order):
                trainer.step(x, y)
        for i, seed in enumerate(SEEDS):
            course = begin([Run(network=to_network(TEXT), recipe=recipe, seed=seed)], Processes())
            alone = course.trainer
            for _ in range(5):
                list(eager_epoch(alone, images, course.orders))
            for one, many in ((alone.model, trainer.model), (alone.evaluated, trainer.evaluated)):
                expected, found = one.state_dict(), many.seed(i).state_dict()
                assert expected.keys() == found.keys()
                for name, tensor in expected.items():
                    assert torch.allclose(found[name], tensor, rtol=1e-4, atol=1e-5), name


def test_what_timm_spares_from_weight_decay_is_spared_in_a_stack():
    recipe = changed()
    one = fresh_model(to_network(TEXT), recipe, 0, "cpu")
    alone, trainer = Trainer(one, recipe), stack_of(recipe)
    decays = [
        {
            name.replace("/", "."): group["weight_decay"]
            for group in made.optimizer.param_groups
            for name, weight in made.model.named_parameters()
            if any(weight is other for other in group["params"])
        }
        for made in (alone, trainer)
    ]
    assert decays[0] == decays[1]
    assert {name for name, decay in decays[1].items() if decay == 0} == undecayed(one)


def test_gradients_are_clipped_for_each_seed_on_its_own():
    gradients = torch.tensor([[3.0, 4.0], [0.3, 0.4]])
    stack = torch.nn.ParameterList([torch.nn.Parameter(torch.zeros(2, 2))])
    stack[0].grad = gradients.clone()
    stacked_clip(stack, 1.0)
    assert torch.allclose(stack[0].grad, torch.tensor([[0.6, 0.8], [0.3, 0.4]]))


def test_a_seed_whose_loss_is_not_finite_fails_once_and_the_other_goes_on():
    course = begin([Run(network=to_network(TEXT), recipe=RECIPE, seed=seed) for seed in SEEDS], Processes())
    course.trainer.steps = 12
    course.end_diverged(torch.tensor([[1.0, 2.0], [float("inf"), 2.0]]))
    course.trainer.steps = 13
    course.end_diverged(torch.tensor([[float("nan"), 2.0]]))
    assert str(course.progress[0].failure) == "the loss was inf at step 12"
    assert [progress.seed for progress in course.running] == [3]
    assert [progress.steps for progress in course.progress] == [12, 13]


def test_all_seeds_diverging_are_all_failed():
    done = evaluate_together(TEXT, changed(optimizer="sgd", learning_rate=1e30), SEEDS)
    assert [e.status for e in done] == ["failed", "failed"]
    assert "the loss was nan at step" in done[1].error


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"split": "per_seed"}, "each seed has training images of its own"),
        ({"drop_path": 0.1}, "drop_path draws from one generator for all seeds"),
        ({"optimizer": "lamb"}, "optimizer 'lamb' is not one of those known to go number by number"),
        ({"precision": "bfloat16"}, "autocast to bfloat16 does not reach every layer of the stacked model"),
        (SEGMENTED, "the library that wrote the head draws what it drops for all seeds at once"),
    ],
)
def test_what_cannot_be_trained_together_is_trained_one_by_one_and_says_why(changes, reason):
    recipe = changed(epochs=1, curve_points=1, **changes)
    done = evaluate_together(TEXT, recipe, SEEDS)
    assert [e.environment["one_by_one"] for e in done] == [reason, reason]
    assert [e.curve for e in done] == [evaluate(TEXT, recipe, seed).curve for seed in SEEDS]


def test_one_seed_is_an_evaluation_as_any_other():
    recipe, seen = changed(epochs=1, curve_points=1), []
    (done,) = evaluate_together(TEXT, recipe, [3], on_epoch=lambda seed, point: seen.append((seed, point)))
    alone = evaluate(TEXT, recipe, 3)
    assert done.curve == alone.curve
    assert done.environment == alone.environment
    assert seen == [(3, alone.curve[0])]


def test_the_time_is_shared_by_the_seeds():
    done = evaluate_together(TEXT, changed(epochs=1, curve_points=1), SEEDS)
    assert done[0].train_s == done[1].train_s
    assert done[0].images_per_s == pytest.approx(60 / done[0].train_s)


def test_a_mistake_is_an_error_and_no_record():
    with pytest.raises(UserError, match="device 'cuda:99' cannot be used here"):
        partial(evaluate_together, device="cuda:99")(TEXT, RECIPE, SEEDS)


def test_all_images_are_counted_before_seeds_are_trained_together():
    recipe = changed(train="all", batch=800, epochs=1, curve_points=1, resolution=8)
    done = evaluate_together("stem(4) | 1x mbconv @4 for 8px", recipe, SEEDS)
    assert [e.environment.get("one_by_one") for e in done] == [None, None]
    assert [e.recipe["train"] for e in done] == [1757, 1757]
