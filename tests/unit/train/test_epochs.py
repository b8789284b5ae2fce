"""A step that asks nothing of the CPU trains as the plain one does."""

import gc
import weakref

import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode

from moat_lab.grammar import to_network
from moat_lab.numerics import deterministic
from moat_lab.tasks.classification import TASK
from moat_lab.train import Augmentation, Recipe
from moat_lab.train.epochs import DeviceEpoch, eager_epoch, eager_reason, epoch_runner
from moat_lab.train.images import load_images
from moat_lab.train.processes import Processes
from moat_lab.train.run import Run, derived
from moat_lab.train.stacked import Stack, stacked_batches, stacked_clip, stacked_loss
from moat_lab.train.trainer import Trainer, fresh_model, optimizer
from moat_lab.train.training_loop import begin
from moat_lab.train.validation import Validation, validate

TEXT = "stem(8) | 1x mbconv(se=0.25) @8 | 1x mbconv+attn(head=8, window=3) @16 for 16px"
RECIPE = Recipe(
    data="digits", resolution=16, train=60, val=40, epochs=3, batch=20, learning_rate=0.003, warmup_epochs=1
)
RECIPES = {
    "plain": {},
    "augmented": {"augmentation": Augmentation(crop=0.5, shift=2, flip=True, erase=0.3)},
    "moved": {"augmentation": Augmentation(shift=1)},
    "averaged and clipped": {"ema": 0.5, "clip_grad": 0.5, "label_smoothing": 0.1, "drop_path": 0.2},
    "bfloat16": {"precision": "bfloat16"},
}
HOST = {"aten::_local_scalar_dense", "aten::nonzero", "aten::item", "aten::is_nonzero", "aten::unique2"}


def changed(**changes) -> Recipe:
    return RECIPE.model_copy(update=changes)


def begun(recipe: Recipe) -> tuple[Trainer, torch.Generator]:
    course = begin([Run(network=to_network(TEXT), recipe=recipe, seed=0)], Processes())
    return course.trainer, course.orders[0]


def order(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(derived(seed, "order"))


@pytest.mark.parametrize("changes", RECIPES.values(), ids=RECIPES)
def test_losses_are_those_of_plain_steps(changes):
    recipe = changed(**changes)
    images, val = load_images(recipe, "cpu")
    with deterministic():
        plain, its_order = begun(recipe)
        expected = [torch.stack(list(eager_epoch(plain, images, [its_order]))) for _ in range(3)]
    with deterministic():
        trainer, its_order = begun(recipe)
        epoch = DeviceEpoch(trainer, images, [its_order])
        found = [epoch() for _ in range(3)]
    # The learning rate is a tensor of 32 bits here, and a number of 64 bits there.
    assert torch.allclose(torch.cat(found), torch.cat(expected), rtol=1e-5)
    assert (trainer.steps, trainer.learning_rate) == (plain.steps, plain.learning_rate)
    assert trainer.optimizer.param_groups[0]["capturable"] is False
    # Biases before a norm have no gradient but rounding, which Adam makes whole steps of.
    validated = [
        validate(TASK, made.evaluated, val.in_order(), made.autocast).loss for made in (trainer, plain)
    ]
    assert validated[0] == pytest.approx(validated[1], rel=2e-2)


def test_seeds_together_take_the_same_steps():
    recipe = changed(augmentation=Augmentation(shift=1, flip=True), clip_grad=1.0)
    images, _ = load_images(recipe, "cpu")

    def stack() -> Trainer:
        models = [fresh_model(to_network(TEXT), recipe, seed, "cpu") for seed in (0, 3)]
        return Trainer(Stack(models), recipe, loss=stacked_loss, clip=stacked_clip)

    with deterministic():
        plain, orders = stack(), [order(0), order(3)]
        plain.model.train()
        expected = torch.stack(
            [plain.step(x, y) for x, y in stacked_batches(images, recipe.batch, recipe.augmentation, orders)]
        )
        found = DeviceEpoch(stack(), images, [order(0), order(3)])()
    assert found.shape == (3, 2)
    assert torch.allclose(found, expected, rtol=1e-5)


class NoHost(TorchDispatchMode):
    """Refuses what would wait for a device: a number taken out of it, or a shape that depends on values."""

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        name = func.name().split(".")[0]
        masks = name == "aten::index" and any(i is not None and i.dtype == torch.bool for i in args[1])
        assert name not in HOST, name
        assert not masks, "an index by a mask"
        return func(*args, **(kwargs or {}))


@pytest.mark.parametrize("changes", RECIPES.values(), ids=RECIPES)
def test_a_step_takes_no_number_off_the_device(changes):
    recipe = changed(**{**changes, "optimizer": "adamw"})
    images, _ = load_images(recipe, "cpu")
    with deterministic():
        trainer, its_order = begun(recipe)
        epoch = DeviceEpoch(trainer, images, [its_order])
        epoch()
        epoch._fill()
        trainer.optimizer.step = lambda: None  # on a CPU the fused step takes the rate as a number
        with NoHost():
            epoch.step()


@pytest.mark.parametrize("name", ["lamb", "lion", "muon", "nadam", "radam"])
def test_an_optimizer_takes_no_number_off_the_device(name):
    model = torch.nn.Sequential(torch.nn.Conv2d(3, 8, 3), torch.nn.Linear(8, 4)).to("meta")  # has no numbers
    update = optimizer(model, changed(optimizer=name))
    for _ in range(2):
        for weight in model.parameters():
            weight.grad = torch.empty_like(weight)
        update.step()


def test_what_a_training_held_is_free_when_it_ends_without_a_search_for_cycles():
    recipe = changed(ema=0.5)
    images, val = load_images(recipe, "cpu")
    gc.disable()
    try:
        trainer, its_order = begun(recipe)
        epoch = DeviceEpoch(trainer, images, [its_order])
        validation = Validation(TASK, trainer.evaluated, val, trainer.autocast)
        epoch()
        validation()
        held = [weakref.ref(each) for each in (trainer, trainer.model, epoch, validation, epoch.losses)]
        del trainer, epoch, validation
        assert [each() for each in held] == [None] * 5
    finally:
        gc.enable()


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({}, None),
        ({"augmentation": Augmentation(mixup=0.2)}, "mixup and cutmix are decided on the CPU"),
        ({"augmentation": Augmentation(randaugment=9)}, "randaugment is decided on the CPU"),
        ({"optimizer": "lion"}, "optimizer 'lion' is not one of adam, adamw"),
        ({"precision": "float16"}, "whether a float16 step overflowed is decided on the CPU"),
        ({"compile": "default"}, "torch.compile captures its own graphs"),
    ],
)
def test_what_cannot_be_captured_says_why(changes, reason):
    assert eager_reason(changed(**changes)) == reason


def test_on_a_cpu_a_training_takes_the_plain_steps():
    images, _ = load_images(RECIPE, "cpu")
    trainer, its_order = begun(RECIPE)
    next(epoch_runner(trainer, images, [its_order])(0))
    assert trainer.steps == 1
