"""The training of shared weights, and what each network reaches with its part of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from torch import nn

from moat_lab.errors import UserError
from moat_lab.grammar import Network
from moat_lab.numerics import deterministic
from moat_lab.tasks import DEFAULT, TASKS
from moat_lab.train.batches import BatchLabels, Images
from moat_lab.train.checkpoint import begun_or_resumed, matching_checkpoint, write_checkpoint
from moat_lab.train.epoch_log import EpochRecord
from moat_lab.train.images import load_images
from moat_lab.train.processes import Processes
from moat_lab.train.recipe import Recipe, validation_epochs
from moat_lab.train.run import derived
from moat_lab.train.shared_weights import SharedWeights
from moat_lab.train.trainer import Trainer
from moat_lab.train.training_loop import Course, Listener, SeedProgress, advance
from moat_lab.train.validation import validate

CALIBRATION_IMAGES = 2000
"""Of train, that a network's batch norms take their statistics from before it is judged."""


class SupernetTrainer(Trainer):
    """A trainer of shared weights: its step decides which networks are drawn."""

    def update(self, images: torch.Tensor, labels: BatchLabels) -> torch.Tensor:
        assert isinstance(self.model, SharedWeights)
        self.model.step = self.steps
        return super().update(images, labels)


def distilled_loss(logits: Any, labels: BatchLabels, recipe: Recipe) -> torch.Tensor:
    """(S, N, classes) -> the mean over S networks (): the first by the labels, the others by the first.

    Source: in-place distillation, Yu and Huang 2019.
    """
    largest, *others = logits.unbind()
    teacher = largest.detach().softmax(-1)
    losses = [TASKS[recipe.task].loss(largest, labels, label_smoothing=recipe.label_smoothing)]
    losses += [F.cross_entropy(student, teacher) for student in others]
    return torch.stack(losses).mean()


def train_supernet(
    networks: Sequence[Network],
    recipe: Recipe,
    seed: int,
    *,
    checkpoint: Path,
    device: str = "cpu",
    on_epoch: Callable[[EpochRecord], None] = lambda record: None,
) -> tuple[SharedWeights, float]:
    """Trains one set of weights for all the networks; gives it with the seconds that took.

    Args:
        recipe: resolved, for classification.
        checkpoint: a file, written after each validation; a training that was ended goes on from it.
        on_epoch: called after each validation, which is the largest network's.

    Raises:
        UserError: the recipe is for another task, or no two networks are there.
    """
    if recipe.task != DEFAULT:
        raise UserError(f"supernet: a recipe for {DEFAULT} is needed; got one for {recipe.task}")
    if len(networks) < 2:
        raise UserError("supernet: a space of two networks or more is needed; got one")
    identity = {
        "supernet": sorted(network.key for network in networks),
        "recipe": recipe.content(),
        "seed": seed,
        "device": torch.device(device).type,
    }
    processes = Processes(device=device)
    with deterministic(device):
        train, val = load_images(recipe, device, seed=seed)
        course = begun_or_resumed(
            lambda: _begun(networks, recipe, seed, processes), matching_checkpoint(checkpoint, identity)
        )

        def keep(progress: SeedProgress) -> None:
            write_checkpoint(checkpoint, identity, course)
            on_epoch(progress.records[-1])

        ended = advance(
            course,
            train,
            val,
            last_epoch=recipe.epochs,
            validated=validation_epochs(recipe),
            listener=Listener(on_record=keep),
            interruptible=True,
        )
    if not ended:
        raise UserError(f"supernet: {course.progress[0].failure}; take a lower learning rate")
    shared = course.trainer.model
    assert isinstance(shared, SharedWeights)
    return shared, course.progress[0].train_s


def _begun(networks: Sequence[Network], recipe: Recipe, seed: int, processes: Processes) -> Course:
    shared = SharedWeights(networks, recipe, seed).to(processes.device)
    order = torch.Generator().manual_seed(derived(seed, "order"))
    torch.manual_seed(derived(seed, "noise"))
    return Course(
        trainer=SupernetTrainer(shared, recipe, loss=distilled_loss),
        orders=[order],
        progress=[SeedProgress(seed=seed)],
        processes=processes,
        epoch_start=[order.get_state()],
    )


def inherited_scores(
    shared: SharedWeights, networks: Sequence[Network], recipe: Recipe, seed: int, device: str = "cpu"
) -> Iterator[tuple[Network, float]]:
    """Each network with its task's main score on val, by its part of the weights, without training."""
    task = TASKS[recipe.task]
    with deterministic(device):
        train, val = load_images(recipe, device, seed=seed)
        for network in networks:
            model = calibrated(shared.model(network), train, recipe)
            exact = torch.autocast(torch.device(device).type, enabled=False)
            result = validate(task, model, val.in_order(), exact)
            yield network, next(iter(result.scores.values()))


@torch.no_grad()
def calibrated(model: nn.Module, train: Images, recipe: Recipe) -> nn.Module:
    """The model with batch norms whose statistics are means over some images of train, as they are.

    Source: Yu and Huang 2019, section 3.3.
    """
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.reset_running_stats()
            module.momentum = None  # torch's word for the mean over all batches
    model.train()
    for images, _ in islice(train.in_order(batch=recipe.batch), max(1, CALIBRATION_IMAGES // recipe.batch)):
        model(images)
    return model.eval()
