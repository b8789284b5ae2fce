"""A training under way: its trainer, and where in which epoch it stands."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice

import torch

from moat_lab.errors import UserError
from moat_lab.grammar import Network
from moat_lab.train.batches import Batch, Images
from moat_lab.train.log import Row
from moat_lab.train.processes import Processes
from moat_lab.train.recipe import Recipe
from moat_lab.train.seeds import derived
from moat_lab.train.short_course import NonFiniteLossError, check_finite
from moat_lab.train.trainer import Trainer, fresh_model


@dataclass(slots=True, kw_only=True, eq=False)
class Course:
    """A training between two steps.

    Args:
        order: draws the order of the images and their augmentation, the same in all processes.
        rows: the epochs that are over.
        began: the state of `order` when the epoch under way began.
        losses: of the steps of the epoch under way.
        seconds: spent on them and their images, without looks at val and checkpoints.
    """

    trainer: Trainer
    order: torch.Generator
    rows: list[Row] = field(default_factory=list)
    began: torch.Tensor
    losses: list[torch.Tensor] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def epoch(self) -> int:
        """The epoch under way, from 1."""
        return len(self.rows) + 1

    def remaining(self, images: Images, processes: Processes) -> Iterator[Batch]:
        """This process's share of the epoch's batches that are left; puts the model into train mode."""
        self.trainer.model.train()
        recipe = self.trainer.recipe
        self.order.set_state(self.began)
        batches = images.batches(recipe.batch, recipe.augmentation, self.order, processes.part)
        yield from islice(batches, len(self.losses), None)

    def step(self, batch: Batch) -> None:
        """One step; its loss is kept, on the device."""
        self.losses.append(self.trainer.step(*batch))

    def finite_losses(self, processes: Processes) -> torch.Tensor:
        """Those of the epoch under way, over all processes.

        Raises:
            UserError: one of them, or of the weights after them, is not finite.
        """
        if self.losses:
            self.losses = list(processes.mean(torch.stack(self.losses)).unbind())
        losses = torch.stack(self.losses) if self.losses else torch.zeros(0)
        try:
            check_finite(losses, first_step=self.trainer.steps - len(losses) + 1)
            _check_weights(self.trainer)
        except NonFiniteLossError as error:
            raise UserError(
                f"{error}\n  the last checkpoint stays, and would lead here again; a lower learning_rate, or "
                "clip_grad, in the recipe may help, with another --out"
            ) from None
        return losses

    @contextmanager
    def timed(self) -> Iterator[None]:
        """What is done within, also on the device, counts among the seconds."""
        start = time.perf_counter()
        yield
        if self.losses and self.losses[-1].is_cuda:
            torch.cuda.synchronize(self.losses[-1].device)
        self.seconds += time.perf_counter() - start

    def close_epoch(self, row: Row) -> None:
        """The epoch under way is over."""
        self.rows.append(row)
        self.losses, self.seconds, self.began = [], 0.0, self.order.get_state()


def _check_weights(trainer: Trainer) -> None:
    """A step may break them whose own loss, from before it, was finite."""
    if not all(bool(weights.isfinite().all()) for weights in trainer.model.parameters()):
        raise NonFiniteLossError(f"the weights were not finite after step {trainer.steps}")


def begun(network: Network, recipe: Recipe, seed: int, processes: Processes) -> Course:
    """A training before its first step; seeds torch's own generators.

    All processes start from the same weights and order; what is dropped on the way differs between them.
    """
    model = processes.shared(fresh_model(network, recipe, seed, processes.device))
    trainer = Trainer(model, recipe, parallel=processes.parallel)
    torch.manual_seed(derived(seed, f"noise/{processes.rank}" if processes.rank else "noise"))
    order = torch.Generator().manual_seed(derived(seed, "order"))
    return Course(trainer=trainer, order=order, began=order.get_state())
