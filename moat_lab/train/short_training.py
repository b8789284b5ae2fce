"""A short training: several seeds together, or one that may pause after a validation and be resumed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import torch
from filelock import FileLock
from torch import nn

from moat_lab.device import check_device
from moat_lab.models.weights import portable, write_weights
from moat_lab.numerics import deterministic, strict_if_possible
from moat_lab.records import Epoch
from moat_lab.tasks import TASKS
from moat_lab.train.batches import Images, validation_batch
from moat_lab.train.checkpoint import (
    Checkpoint,
    begun_or_resumed,
    matching_checkpoint,
    write_checkpoint,
)
from moat_lab.train.epochs import replays
from moat_lab.train.images import image_storage, load_images, load_test
from moat_lab.train.memory import keep_freed_memory, peak_bytes, start_peak
from moat_lab.train.pretrained import pretrained_file, pretraining_of
from moat_lab.train.processes import Processes
from moat_lab.train.recipe import validation_epochs
from moat_lab.train.run import Run
from moat_lab.train.training_loop import Course, Listener, NonFiniteLossError, SeedProgress, advance, begin
from moat_lab.train.validation import validate


@dataclass(slots=True, kw_only=True)
class ShortTraining:
    """What a training has given so far; what a failed one leaves behind is kept."""

    progress: Sequence[SeedProgress]
    peak_bytes: int | None = None
    """Most memory that tensors took, on a GPU."""
    image_storage: str | None = None
    """How the images are kept, where free memory decides it."""
    cuda_graph: bool | None = None
    """Whether steps were replayed from a CUDA graph; None on a CPU."""
    test_scores: Mapping[str, float] = field(default_factory=dict)
    """On the test split, where the recipe opens it."""
    nondeterministic: str | None = None
    """An operation that has no deterministic algorithm on the device, by torch's name."""


def fresh_training(runs: Sequence[Run]) -> ShortTraining:
    """One that has given nothing yet."""
    return ShortTraining(progress=[SeedProgress(seed=run.seed) for run in runs])


def train_seeds(
    training: ShortTraining,
    runs: Sequence[Run],
    *,
    device: str = "cpu",
    on_epoch: Callable[[int, Epoch], None] | None = None,
    last_epoch: int | None = None,
    checkpoints: Path | None = None,
    resumable: bool = False,
) -> nn.Module:
    """Trains runs that differ in their seeds alone, filling `training`; gives the model evaluated last.

    A seed whose loss is not finite ends there, with its failure, and the others go on. One run is resumed
    from its checkpoint where the folder holds one of no later epoch than `last_epoch`, and leaves one there
    where `last_epoch` is not the last epoch; where it is to be `resumable`, after each validation.

    Raises:
        UserError: the device or optimiser does not exist here.
    """
    check_device(device)
    keep_freed_memory()
    for run in runs:
        pretrain(run, device)
    recipe = runs[0].recipe
    last_epoch = recipe.epochs if last_epoch is None else last_epoch

    def trained(strict: bool) -> nn.Module:
        with deterministic(device, strict=strict):
            train, val = load_images(recipe, device, seed=runs[0].seed)
            course = _begun_or_resumed(runs, device, checkpoints, last_epoch)
            training.progress = course.progress
            training.image_storage, training.cuda_graph = image_storage(recipe, train), replays(recipe, train)

            def tell(progress: SeedProgress) -> None:
                if resumable and checkpoints and progress.epoch < last_epoch:
                    _pause(runs[0], course, checkpoints)
                if on_epoch:
                    on_epoch(progress.seed, progress.records[-1].curve_point)

            ended = advance(
                course,
                train,
                val,
                last_epoch=last_epoch,
                validated=validation_epochs(recipe),
                listener=Listener(on_record=tell),
            )
            if checkpoints and ended and last_epoch < recipe.epochs:
                _pause(runs[0], course, checkpoints)
            if ended and recipe.test and last_epoch == recipe.epochs:
                training.test_scores = _tested(course, train, device)
        return course.trainer.evaluated

    with _peak_recorded(training, device):
        model, training.nondeterministic = strict_if_possible(trained)
    return model


def pretrain(run: Run, device: str, on_epoch: Callable[[int, Epoch], None] | None = None) -> None:
    """Makes the weights that a run's recipe wants of a pretraining, if it does and they are not there.

    One process trains, and others that want the same wait for it. A training that was ended goes on from its
    last validation.

    Raises:
        NonFiniteLossError: the training failed.
        UserError: as `train_seeds`.
    """
    first = pretraining_of(run)
    if first is None or (file := pretrained_file(first, device)).exists():
        return
    file.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(file.with_suffix(".lock")):
        if not file.exists():
            _write_pretrained(file, first, device, on_epoch)


def _write_pretrained(
    file: Path, run: Run, device: str, on_epoch: Callable[[int, Epoch], None] | None
) -> None:
    training, checkpoints = fresh_training([run]), file.parent
    model = train_seeds(
        training, [run], device=device, on_epoch=on_epoch, checkpoints=checkpoints, resumable=True
    )
    failure = training.progress[0].failure
    if failure:
        raise type(failure)(f"in the pretraining, {failure}")
    state = {name: portable(tensor) for name, tensor in model.state_dict().items()}
    write_weights(file, state, run.network, inputs=run.recipe.inputs)
    run.checkpoint_file(checkpoints).unlink(missing_ok=True)


def _begun_or_resumed(runs: Sequence[Run], device: str, checkpoints: Path | None, last_epoch: int) -> Course:
    checkpoint = own_checkpoint(checkpoints, runs[0], device) if checkpoints else None
    reached = checkpoint if checkpoint and checkpoint.epoch <= last_epoch else None
    return begun_or_resumed(lambda: begin(runs, Processes(device=device)), reached)


def own_checkpoint(folder: Path, run: Run, device: str) -> Checkpoint | None:
    """None where there is none, a damaged one, or that of another run or version of torch."""
    return matching_checkpoint(run.checkpoint_file(folder), run.identity(torch.device(device).type))


def _pause(run: Run, course: Course, folder: Path) -> None:
    """A checkpoint, unless there is one of a later epoch, or the weights are not finite."""
    device = course.processes.device
    there = own_checkpoint(folder, run, device)
    if there and there.epoch > course.progress[0].epoch:
        return
    try:
        course.check_weights()
    except NonFiniteLossError:  # the next step fails in any case, and the last good checkpoint stays
        return
    write_checkpoint(run.checkpoint_file(folder), run.identity(torch.device(device).type), course)


def _tested(course: Course, train: Images, device: str) -> Mapping[str, float]:
    """The scores on the test split."""
    trainer = course.trainer
    recipe = trainer.recipe
    images = load_test(recipe, train, device, seed=course.progress[0].seed)
    batches = images.in_order(batch=validation_batch(recipe))
    return validate(TASKS[recipe.task], trainer.evaluated, batches, trainer.autocast).scores


@contextmanager
def _peak_recorded(training: ShortTraining, device: str) -> Iterator[None]:
    """The most memory that was taken within, in `training`, also where it was too much."""
    start_peak(device)
    try:
        yield
    finally:
        training.peak_bytes = peak_bytes(device)
