"""The training of a network in a folder, from wherever it was left."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import TypeVar, cast

from moat_lab.errors import UserError
from moat_lab.grammar import to_network
from moat_lab.models.weights import WEIGHTS
from moat_lab.numerics import deterministic, strict_if_possible
from moat_lab.records import Epoch
from moat_lab.tasks import TASKS
from moat_lab.train.batches import Images
from moat_lab.train.checkpoint import (
    CheckpointMismatchError,
    read_checkpoint,
    resume,
    write_checkpoint,
)
from moat_lab.train.display import TrainingDisplay
from moat_lab.train.epoch_log import EpochRecord, Log
from moat_lab.train.folder import (
    BEST,
    LAST,
    Manifest,
    about,
    check_same_training,
    keep_as_before,
    newest,
    read_manifest,
    write_manifest,
    write_model,
)
from moat_lab.train.images import load_images
from moat_lab.train.memory import keep_freed_memory
from moat_lab.train.processes import Processes, check_batch
from moat_lab.train.recipe import Recipe
from moat_lab.train.run import Run, versions
from moat_lab.train.short_training import pretrain
from moat_lab.train.starting import check_strict, inheritance_of, inheritance_sentence
from moat_lab.train.summary import data_summary, schedule_summary
from moat_lab.train.training_loop import (
    CONTINUE,
    SAVE,
    STOP,
    Course,
    Listener,
    NonFiniteLossError,
    SeedProgress,
    advance,
    begin,
)

SAVE_AFTER_S = 600.0
"""Within an epoch a checkpoint is written this often."""
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class FolderTraining:
    """A training with its folder.

    Args:
        save_every: epochs between two checkpoints.
        tensorboard: whether to write TensorBoard's files beside log.csv.
        strict: whether the weights that it starts from have to fit all but the head.
    """

    manifest: Manifest
    folder: Path
    save_every: int = 1
    tensorboard: bool = False
    strict: bool = False

    @property
    def run(self) -> Run:
        return Run(network=to_network(self.manifest.network), recipe=self.recipe, seed=self.manifest.seed)

    @property
    def recipe(self) -> Recipe:
        return Recipe.model_validate(self.manifest.recipe)


def train(training: FolderTraining, processes: Processes, display: TrainingDisplay) -> bool:
    """Trains the network to its end, writing into the training's folder; whether it came there.

    It does not where Ctrl-C was pressed: then it leaves a checkpoint. It is resumed from the folder's last
    checkpoint; on a CPU with the same number of threads to the same bits as in one go.

    Raises:
        UserError: the folder holds another training, the data or optimiser does not exist, the batch cannot
            be shared evenly, or the loss is not finite.
    """
    check_batch(training.recipe.batch, processes.world_size, pairs=training.recipe.augmentation.mixes)
    if from_leader(processes, lambda: check_folder(training)):
        display.say(f"{training.folder / WEIGHTS} is there already; nothing to do.")
        return True
    for line in schedule_summary(training.recipe):
        display.say(line)
    keep_freed_memory()
    if training.recipe.pretrain:
        first = training.recipe.pretrain
        from_leader(processes, lambda: _pretrain(training.run, first, processes.device, display))
    train_images, val_images = load_images(
        training.recipe, processes.device, agree=processes.broadcast, seed=training.run.seed
    )
    if processes.leads:  # after the images are loaded, which counts the copies among them
        display.say(data_summary(training.recipe))

    def trained(strict: bool) -> bool:
        with deterministic(processes.device, strict=strict), stop_requested() as stop:
            course = begun_or_resumed(training, processes, display)
            if processes.leads and read_manifest(training.folder) is None:
                write_manifest(training.folder, training.manifest)
            session = Session(
                training=training, display=display, course=course, images=train_images, stop=stop
            )
            return session.to_the_end(val_images)

    ended, refused = strict_if_possible(trained)
    if refused:
        display.say(
            f"{refused} is not deterministic on this device: another run may differ in its last bits."
        )
    return ended


def _pretrain(run: Run, recipe: Recipe, device: str, display: TrainingDisplay) -> None:
    """Makes the weights that the training starts from, if they are not there.

    It comes before anything that Ctrl-C would only stop at its next step.

    Raises:
        UserError: the loss of the pretraining is not finite.
    """
    metric = TASKS[recipe.task].metric

    def tell(_: int, epoch: Epoch) -> None:
        said = f"pretraining {epoch.epoch}/{recipe.epochs}"
        display.say(f"{said}  loss {epoch.train_loss:.4f}  {metric.header} {100 * epoch.score:.1f}")

    try:
        pretrain(run, device, tell)
    except NonFiniteLossError as failure:
        raise UserError(f"{failure}\n  give the recipe in pretrain a lower learning_rate") from None


def check_folder(training: FolderTraining) -> bool:
    """Whether the training is over; raises UserError where the folder holds another, or is a file."""
    if training.folder.exists() and not training.folder.is_dir():
        raise UserError(f"--out: a folder is needed; got {training.folder}, a file\n  name another")
    there = read_manifest(training.folder)
    if there:
        check_same_training(training.folder, there.identity, training.manifest.identity)
    return (training.folder / WEIGHTS).exists()


def begun_or_resumed(training: FolderTraining, processes: Processes, display: TrainingDisplay) -> Course:
    """The training as its last checkpoint left it, or before its first step."""
    course = begin([training.run], processes)
    path = from_leader(processes, lambda: newest(training.folder, training.manifest.identity, display.say))
    if path is None:
        if training.recipe.start:
            _tell_inheritance(training, display)
        return course
    checkpoint = read_checkpoint(path)
    assert checkpoint is not None, "newest has read it"
    try:
        resume(course, checkpoint)
    except CheckpointMismatchError as error:
        raise UserError(
            f"{path} does not fit what this version of moat_lab builds: {error}\n"
            "  go on with the version and commit in training.json, or begin anew with another --out"
        ) from None
    display.say(f"Goes on from {path}, epoch {course.epoch}, step {len(course.losses)}.")
    there = checkpoint.content.versions
    if there != versions():
        display.say(
            f"It was written with {_spelled(there)}; here are {_spelled(versions())}: bits may differ."
        )
    return course


def _tell_inheritance(training: FolderTraining, display: TrainingDisplay) -> None:
    found = inheritance_of(training.run.network, training.recipe)
    if training.strict:
        check_strict(found, training.recipe)
    display.say(inheritance_sentence(found, training.recipe))


@dataclass(slots=True, kw_only=True, eq=False)
class Session:
    """A training while it runs in this process."""

    training: FolderTraining
    display: TrainingDisplay
    course: Course
    images: Images
    stop: Callable[[], bool]
    log: Log | None = None
    """Of the process that leads."""
    saved_s: float = field(default_factory=time.monotonic)

    @property
    def records(self) -> list[EpochRecord]:
        return self.course.progress[0].records

    def to_the_end(self, val: Images) -> bool:
        """Every epoch that is left, then the weights; False where it stopped on the way."""
        recipe, course = self.training.recipe, self.course
        if self.records and not course.losses and _is_best(self.records):
            self._write(BEST)  # a kill may have come between its checkpoint and this file
        with (
            self._logged(),
            self.display.shown(
                epochs=recipe.epochs, steps_per_epoch=recipe.steps_per_epoch, done=course.trainer.steps
            ),
        ):
            ended = advance(
                course,
                self.images,
                val,
                last_epoch=recipe.epochs,
                validated=range(1, recipe.epochs + 1),
                listener=Listener(
                    on_record=self._keep,
                    before_step=self._request,
                    after_step=self.display.step,
                    save=self._save,
                ),
                interruptible=True,
            )
        self._check_finite()
        if ended:
            self._write(WEIGHTS)
        return ended

    def _request(self) -> int:
        """What all processes do before the next step."""
        saves = time.monotonic() - self.saved_s > SAVE_AFTER_S
        return self.course.processes.maximum(STOP if self.stop() else SAVE if saves else CONTINUE)

    def _keep(self, progress: SeedProgress) -> None:
        """Writes what the epoch gave: the checkpoint first, for the log is written anew from it."""
        record = progress.records[-1]
        if record.epoch == self.training.recipe.epochs or record.epoch % self.training.save_every == 0:
            self._save()
        else:
            self._check_finite()
        if self.log:
            self.log.write(progress.records)
        if _is_best(progress.records):
            self._write(BEST)
        self.display.epoch(record)

    def _save(self) -> None:
        """A checkpoint, with the one before beside it; what is not finite takes no checkpoint's place."""
        self.course.end_diverged(self.course.epoch_losses())
        self._check_finite()
        if self.course.processes.leads:
            keep_as_before(self.training.folder)
        write_checkpoint(self.training.folder / LAST, self.training.manifest.identity, self.course)
        self.saved_s = time.monotonic()

    def _check_finite(self) -> None:
        """Raises UserError where a loss was not finite, or the weights are not."""
        try:
            if failure := self.course.progress[0].failure:
                raise failure
            self.course.check_weights()
        except NonFiniteLossError as error:
            raise UserError(
                f"{error}\n  the last checkpoint stays, and would lead here again; a lower learning_rate, or "
                "clip_grad, in the recipe may help, with another --out"
            ) from None

    def _write(self, name: str) -> None:
        """The weights as they are."""
        if not self.course.processes.leads:
            return
        training, scores = self.training, self.records[-1].scores
        what = about(training.recipe, self.images, scores=scores, command=training.manifest.command)
        model = self.course.trainer.evaluated
        write_model(training.folder / name, model, training.run.network, what, training.recipe.inputs)

    @contextmanager
    def _logged(self) -> Iterator[None]:
        """Only the process that leads has a log."""
        if not self.course.processes.leads:
            yield
            return
        training, scores = self.training, TASKS[self.training.recipe.task].scores
        log = Log(training.folder, self.records, scores=scores, tensorboard=training.tensorboard)
        with closing(log) as self.log:
            yield


def _is_best(records: Sequence[EpochRecord]) -> bool:
    """Whether the last epoch is better than all before it."""
    return records[-1].score > max((record.score for record in records[:-1]), default=-1.0)


def from_leader(processes: Processes, ask: Callable[[], T]) -> T:
    """What the process that leads is given; where it meets a mistake, all raise it."""
    value, mistake = None, ""
    if processes.leads:
        try:
            value = ask()
        except UserError as error:
            mistake = str(error)
    value, mistake = processes.broadcast((value, mistake))
    if mistake:
        raise UserError(mistake)
    return cast(T, value)


def _spelled(versions: Mapping[str, str]) -> str:
    return ", ".join(f"{name} {version}" for name, version in versions.items())


@contextmanager
def stop_requested() -> Iterator[Callable[[], bool]]:
    """Whether Ctrl-C was pressed in the block. Pressed again it interrupts as ever."""
    presses: list[int] = []
    before = signal.getsignal(signal.SIGINT)

    def remember(number: int, frame: FrameType | None) -> None:
        presses.append(number)
        signal.signal(signal.SIGINT, before)

    signal.signal(signal.SIGINT, remember)
    try:
        yield lambda: bool(presses)
    finally:
        signal.signal(signal.SIGINT, before)
