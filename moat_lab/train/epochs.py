"""Epochs of a training: step by step, and on a GPU each step as one CUDA graph where the recipe allows it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from itertools import islice

import torch

from moat_lab.tasks import TASKS
from moat_lab.train.augmentation_draws import Draws, joined
from moat_lab.train.batches import WHOLE_BATCH, BatchShare, Images
from moat_lab.train.recipe import Recipe
from moat_lab.train.replay import Replay
from moat_lab.train.resident import Resident
from moat_lab.train.stacked import Stack, stacked_batches
from moat_lab.train.trainer import Trainer

CAPTURABLE = ("adam", "adamw")
"""Optimisers that take their learning rate and count their steps on the device."""


def epoch_runner(
    trainer: Trainer,
    images: Images,
    orders: Sequence[torch.Generator],
    *,
    share: BatchShare = WHOLE_BATCH,
    interruptible: bool = False,
) -> Callable[[int], Iterator[torch.Tensor]]:
    """What trains the next epoch at each call, beyond the steps that were taken of it already.

    Args:
        orders: what draws the order of the images, and their augmentation; one for each seed.
        interruptible: whether a step is taken only when its loss is asked for. Otherwise the first one may
            be answered with the whole epoch done.
    """
    if not interruptible and isinstance(images, Resident) and replays(trainer.recipe, images):
        return partial(_whole_epoch, DeviceEpoch(trainer, images, orders))
    return partial(eager_epoch, trainer, images, orders, share)


def replays(recipe: Recipe, images: Images) -> bool | None:
    """Whether an epoch's steps are replayed from a CUDA graph; None on a CPU, which has none."""
    if not images.mean.is_cuda:
        return None
    return isinstance(images, Resident) and eager_reason(recipe) is None


def eager_epoch(
    trainer: Trainer,
    images: Images,
    orders: Sequence[torch.Generator],
    share: BatchShare = WHOLE_BATCH,
    done: int = 0,
) -> Iterator[torch.Tensor]:
    """Step by step: the losses () or, of seeds together, (S,), on the device.

    Args:
        done: steps of the epoch that were taken already; their images are drawn, and passed over.
    """
    recipe = trainer.recipe
    epoch = (trainer.steps - done) // recipe.steps_per_epoch + 1
    trainer.begin_epoch(epoch)
    augmentation = recipe.augmentation_of(epoch)
    if isinstance(trainer.model, Stack):
        batches = stacked_batches(images, recipe.batch, augmentation, orders)
    else:
        batches = images.batches(recipe.batch, augmentation, orders[0], share)
    for x, y in islice(batches, done, None):
        yield trainer.step(x, y)


def _whole_epoch(epoch: DeviceEpoch, done: int) -> Iterator[torch.Tensor]:
    assert done == 0, "an epoch of a CUDA graph is never left on the way"
    yield from epoch().unbind()


def eager_reason(recipe: Recipe) -> str | None:
    """Why a step by this recipe cannot be one CUDA graph; None where it can."""
    if TASKS[recipe.task].guided:
        return "boxes are matched with things on the CPU"
    if recipe.augmentation.mixes:
        return "mixup and cutmix are decided on the CPU"
    if recipe.augmentation.randaugment:
        return "randaugment is decided on the CPU"
    if recipe.optimizer not in CAPTURABLE:
        return f"optimizer '{recipe.optimizer}' is not one of {', '.join(CAPTURABLE)}"
    if recipe.freezes:
        return "layers are frozen in some epochs"
    if recipe.layer_decay < 1:
        return "each layer has a learning rate of its own"
    if recipe.precision == "float16":
        return "whether a float16 step overflowed is decided on the CPU"
    if recipe.compile != "none":
        return "torch.compile captures its own graphs"
    return None


class DeviceEpoch:
    """Epochs whose steps ask nothing of the CPU, images and learning rate included.

    Tables on the device hold what each step of an epoch needs; a counter there says which step it is. One
    model, or the models of several seeds in a `Stack`. On a CPU it gives the trainer's losses too, which
    is how it is tested there.
    """

    def __init__(self, trainer: Trainer, images: Resident, orders: Sequence[torch.Generator]) -> None:
        self.trainer, self.images, self.orders = trainer, images, orders
        device, steps = images.mean.device, trainer.recipe.steps_per_epoch
        self.seeds = (len(orders),) if isinstance(trainer.model, Stack) else ()
        self.numbers = torch.arange(steps, device=device).reshape(-1, *(1 for _ in self.seeds))
        self.at = torch.zeros(1, dtype=torch.int64, device=device)
        self.losses = torch.zeros(steps, *self.seeds, device=device)
        self.rates = torch.zeros(steps, device=device)
        self.rate = torch.zeros((), device=device)
        self.draws: Draws | None = None
        self.replay = Replay(device)

    def __call__(self) -> torch.Tensor:
        self.trainer.model.train()
        self._fill()
        for _ in range(len(self.losses)):
            self.replay(self.step)
            self.trainer.steps += 1
        return self.losses.clone()

    def _fill(self) -> None:
        """The tables of the next epoch, into the tensors that the graph knows."""
        recipe = self.trainer.recipe
        each = [self.images.epoch_draws(recipe.batch, recipe.augmentation, order) for order in self.orders]
        drawn = joined(each, partial(torch.cat, dim=-1))
        self.draws = self.draws or drawn.each(partial(torch.empty_like, device=self.at.device))
        for name, table in self.draws.tensors().items():
            table.copy_(drawn.tensors()[name])
        self.rates.copy_(self.trainer.rates(len(self.rates)))
        self.at.zero_()

    def step(self) -> None:
        """The next step of the epoch, by what the tables say."""
        assert self.draws is not None
        recipe = self.trainer.recipe
        draws = self.draws.each(lambda table: table.index_select(0, self.at)[0])
        self.rate.copy_(self.rates.index_select(0, self.at)[0])
        x, y = self.images.batch(recipe.augmentation, draws)
        if self.seeds:
            x, y = (of_all.unflatten(0, (*self.seeds, recipe.batch)) for of_all in (x, y))
        with rate_on_device(self.trainer.optimizer, self.rate):
            loss = self.trainer.update(x, y)
        self.losses.copy_(torch.where(self.numbers == self.at, loss, self.losses))
        self.at.add_(1)


@contextmanager
def rate_on_device(optimizer: torch.optim.Optimizer, rate: torch.Tensor) -> Iterator[None]:
    """The learning rate of all groups is what the tensor () holds when a step runs, or is replayed."""
    before = [{"lr": group["lr"], "capturable": group["capturable"]} for group in optimizer.param_groups]
    capturing = rate.is_cuda and torch.cuda.is_current_stream_capturing()
    for group in optimizer.param_groups:
        group.update(lr=rate, capturable=capturing)
    try:
        yield
    finally:
        for group, values in zip(optimizer.param_groups, before, strict=True):
            group.update(values)
