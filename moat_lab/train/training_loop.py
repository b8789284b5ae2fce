"""A training under way: one network with one seed or several, in one process or several.

An evaluation is a short course; `moat-lab train` is a long one, which is written into a folder.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import torch

from moat_lab.records import Epoch
from moat_lab.tasks import TASKS
from moat_lab.train.batches import Images
from moat_lab.train.epoch_log import EpochRecord
from moat_lab.train.epochs import epoch_runner
from moat_lab.train.processes import Processes
from moat_lab.train.run import Run, derived
from moat_lab.train.stacked import Stack, stacked_clip, stacked_loss
from moat_lab.train.trainer import Trainer, fresh_model
from moat_lab.train.validation import Validation, ValidationResult

CONTINUE, SAVE, STOP = 0, 1, 2
"""What a listener asks for before a step."""


class NonFiniteLossError(ArithmeticError):
    """The loss became infinite or not a number."""


@dataclass(slots=True, kw_only=True)
class SeedProgress:
    """How far the training of one seed has come.

    Args:
        records: one for each epoch that ended with a validation.
        seconds: of training since the last record, without validation and checkpoints.
        steps: taken up to the end of the last epoch.
        failure: why the seed ended early.
    """

    seed: int
    records: list[EpochRecord] = field(default_factory=list)
    seconds: float = 0.0
    steps: int = 0
    failure: NonFiniteLossError | None = None

    @property
    def epoch(self) -> int:
        """The epoch of the last record; 0 where there is none."""
        return self.records[-1].epoch if self.records else 0

    @property
    def curve(self) -> tuple[Epoch, ...]:
        return tuple(record.curve_point for record in self.records)

    @property
    def train_s(self) -> float:
        return sum(record.seconds for record in self.records) + self.seconds


@dataclass(slots=True, kw_only=True, eq=False)
class Course:
    """A training between two steps.

    Args:
        orders: one for each seed; draws the order of the images and their augmentation, the same in all
            processes.
        epoch_start: the states of `orders` when the epoch under way began.
        losses: of the steps of the epoch under way, () or of several seeds (S,), on the device.
    """

    trainer: Trainer
    orders: Sequence[torch.Generator]
    progress: Sequence[SeedProgress]
    processes: Processes
    epoch_start: Sequence[torch.Tensor]
    losses: list[torch.Tensor] = field(default_factory=list)

    @property
    def epoch(self) -> int:
        """The epoch under way, from 1."""
        return (self.trainer.steps - len(self.losses)) // self.trainer.recipe.steps_per_epoch + 1

    @property
    def running(self) -> list[SeedProgress]:
        """The seeds that have not failed."""
        return [progress for progress in self.progress if not progress.failure]

    @contextmanager
    def timed(self) -> Iterator[None]:
        """Seconds within, also on the device, are shared by the seeds that still train."""
        start = time.perf_counter()
        yield
        if self.losses and self.losses[-1].is_cuda:
            torch.cuda.synchronize(self.losses[-1].device)
        seconds = time.perf_counter() - start
        for progress in self.running:
            progress.seconds += seconds / len(self.running)

    def epoch_losses(self) -> torch.Tensor:
        """(steps, S) of the epoch under way, over all processes."""
        if not self.losses:
            return torch.zeros(0, len(self.progress))
        self.losses = list(self.processes.mean(torch.stack(self.losses)).unbind())
        return torch.stack(self.losses).reshape(len(self.losses), -1)

    def end_diverged(self, losses: torch.Tensor) -> None:
        """Gives each seed whose losses (steps, S) are not all finite its failure."""
        for progress, of_seed in zip(self.progress, losses.unbind(1), strict=True):
            if not progress.failure:
                progress.steps = self.trainer.steps
                try:
                    check_finite(of_seed, first_step=self.trainer.steps - len(losses) + 1)
                except NonFiniteLossError as failure:
                    progress.failure = failure

    def add_records(self, losses: torch.Tensor, results: Sequence[ValidationResult]) -> None:
        """A record of the epoch under way, for each seed that still trains."""
        recipe = self.trainer.recipe
        for progress, of_seed, result in zip(self.progress, losses.unbind(1), results, strict=True):
            if progress.failure:
                continue
            steps = self.trainer.steps - (progress.records[-1].steps if progress.records else 0)
            record = EpochRecord(
                epoch=self.epoch,
                steps=self.trainer.steps,
                train_loss=float(of_seed.mean()),
                val_loss=result.loss,
                scores=result.scores,
                learning_rate=self.trainer.learning_rate,
                images_per_s=steps * recipe.batch / progress.seconds,
                seconds=progress.seconds,
            )
            progress.records.append(record)
            progress.seconds = 0.0

    def close_epoch(self) -> None:
        """The epoch under way is over."""
        self.losses, self.epoch_start = [], [order.get_state() for order in self.orders]

    def check_weights(self) -> None:
        """Raises NonFiniteLossError where a step broke weights whose own loss, from before it, was finite."""
        if not all(bool(weights.isfinite().all()) for weights in self.trainer.model.parameters()):
            raise NonFiniteLossError(f"the weights were not finite after step {self.trainer.steps}")


def check_finite(losses: torch.Tensor, *, first_step: int) -> None:
    """Raises NonFiniteLossError at the first step whose loss is not finite."""
    bad = (~losses.isfinite()).nonzero()
    if len(bad):
        step = int(bad[0])
        raise NonFiniteLossError(f"the loss was {float(losses[step])} at step {first_step + step}")


def begin(runs: Sequence[Run], processes: Processes) -> Course:
    """A training before its first step; seeds torch's own generators.

    The runs differ in their seeds alone. All processes start from the same weights and order; what is
    dropped on the way differs between them.
    """
    recipe, seed = runs[0].recipe.for_network(runs[0].network.key), runs[0].seed
    models = [fresh_model(run.network, run.recipe, run.seed, processes.device) for run in runs]
    if len(runs) == 1:
        trainer = Trainer(processes.with_global_norms(models[0]), recipe, parallel=processes.data_parallel)
    else:
        stack = Stack([model.train() for model in models])
        trainer = Trainer(stack, recipe, loss=stacked_loss, clip=stacked_clip)
    torch.manual_seed(derived(seed, f"noise/{processes.rank}" if processes.rank else "noise"))
    orders = [torch.Generator().manual_seed(derived(run.seed, "order")) for run in runs]
    return Course(
        trainer=trainer,
        orders=orders,
        progress=[SeedProgress(seed=run.seed) for run in runs],
        processes=processes,
        epoch_start=[order.get_state() for order in orders],
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Listener:
    """What is called while a course advances.

    Args:
        on_record: after an epoch that ended with a validation, for each seed that still trains.
        before_step: gives CONTINUE, SAVE or STOP; with SAVE and STOP `save` is called.
        after_step: takes the step's loss.
    """

    on_record: Callable[[SeedProgress], None] = lambda progress: None
    before_step: Callable[[], int] = lambda: CONTINUE
    after_step: Callable[[torch.Tensor], None] = lambda loss: None
    save: Callable[[], None] = lambda: None


def advance(
    course: Course,
    train: Images,
    val: Images,
    *,
    last_epoch: int,
    validated: Collection[int],
    listener: Listener,
    interruptible: bool = False,
) -> bool:
    """Trains to the end of `last_epoch`; False where it was stopped, or every seed failed, on the way.

    Args:
        validated: the epochs that end with a validation.
        interruptible: whether the listener may save and stop between two steps. Without it a GPU may
            replay whole epochs.
    """
    trainer, share = course.trainer, course.processes.share
    run_epoch = epoch_runner(trainer, train, course.orders, share=share, interruptible=interruptible)
    validation = Validation(
        TASKS[trainer.recipe.task],
        trainer.evaluated,
        val,
        trainer.autocast,
        share,
        replayed=not interruptible,
    )
    while course.epoch <= last_epoch:
        if not _finish_epoch(course, run_epoch, listener):
            return False
        losses = course.epoch_losses()
        course.end_diverged(losses)
        if not course.running:
            return False
        recorded = course.epoch in validated
        if recorded:
            course.add_records(losses, [course.processes.summed(result) for result in validation()])
        course.close_epoch()
        for progress in course.running if recorded else ():
            listener.on_record(progress)
    return True


def _finish_epoch(
    course: Course, run_epoch: Callable[[int], Iterator[torch.Tensor]], listener: Listener
) -> bool:
    """The steps that are left of the epoch; False where the listener stopped before the end."""
    for order, state in zip(course.orders, course.epoch_start, strict=True):
        order.set_state(state)
    steps = run_epoch(len(course.losses))
    while True:
        with course.timed():
            request = _take_steps(course, steps, listener)
        if request == CONTINUE:
            return True
        listener.save()
        if request == STOP:
            return False


def _take_steps(course: Course, steps: Iterator[torch.Tensor], listener: Listener) -> int:
    """Steps until the listener asks for something else, or to the last one of the epoch."""
    while True:
        # Before the batch is drawn: the order's generator has to stand where the step ended.
        request = listener.before_step()
        if request != CONTINUE:
            return request
        loss = next(steps, None)
        if loss is None:
            return CONTINUE
        course.losses.append(loss)
        listener.after_step(loss)
