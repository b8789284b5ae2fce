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
from moat_lab.grammar import network as to_network
from moat_lab.models.weights import WEIGHTS
from moat_lab.numerics import deterministic, strict_if_possible
from moat_lab.train.batches import Images
from moat_lab.train.checkpoint import (
    CheckpointMismatchError,
    read_checkpoint,
    resume,
    versions,
    write_checkpoint,
)
from moat_lab.train.course import (
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
from moat_lab.train.folder import (
    BEST,
    LAST,
    Asked,
    about,
    check_same,
    keep_as_before,
    newest,
    read_asked,
    write_asked,
    write_model,
)
from moat_lab.train.images import load_images
from moat_lab.train.log import EpochRecord, Log
from moat_lab.train.memory import keep_freed_memory
from moat_lab.train.processes import Processes, check_batch
from moat_lab.train.recipe import Recipe
from moat_lab.train.run import Run
from moat_lab.train.screen import Screen
from moat_lab.train.summary import contents, opening

SAVE_AFTER_S = 600.0
"""Within an epoch a checkpoint is written this often."""
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """What was typed.

    Args:
        save_every: epochs between two checkpoints.
        tensorboard: whether to write TensorBoard's files beside log.csv.
    """

    asked: Asked
    folder: Path
    save_every: int = 1
    tensorboard: bool = False

    @property
    def run(self) -> Run:
        return Run(network=to_network(self.asked.network), recipe=self.recipe, seed=self.asked.seed)

    @property
    def recipe(self) -> Recipe:
        return Recipe.model_validate(self.asked.recipe)


def train(call: Call, processes: Processes, screen: Screen) -> bool:
    """Trains the network to its end, writing into the call's folder; whether it came there.

    It does not where Ctrl-C was pressed: then it leaves a checkpoint. It is resumed from the folder's last
    checkpoint; on a CPU with the same number of threads to the same bits as in one go.

    Raises:
        UserError: the folder holds another training, the data or optimiser does not exist, the batch cannot
            be shared evenly, or the loss is not finite.
    """
    check_batch(call.recipe.batch, processes.of, pairs=call.recipe.augmentation.mixes)
    if one_for_all(processes, lambda: check_folder(call)):
        screen.say(f"{call.folder / WEIGHTS} is there already; nothing to do.")
        return True
    for line in opening(call.recipe):
        screen.say(line)
    keep_freed_memory()
    train_images, val_images = load_images(call.recipe, processes.device, agree=processes.first)
    if processes.leads:  # after the images are loaded, which counts the copies among them
        screen.say(contents(call.recipe))

    def trained(strict: bool) -> bool:
        with deterministic(processes.device, strict=strict), stop_wished() as stop:
            course = begun_or_resumed(call, processes, screen)
            if processes.leads and read_asked(call.folder) is None:
                write_asked(call.folder, call.asked)
            session = Session(call=call, screen=screen, course=course, images=train_images, stop=stop)
            return session.to_the_end(val_images)

    ended, refused = strict_if_possible(trained)
    if refused:
        screen.say(f"{refused} is not deterministic on this device: another run may differ in its last bits.")
    return ended


def check_folder(call: Call) -> bool:
    """Whether the call's training is over; raises UserError where the folder holds another, or is a file."""
    if call.folder.exists() and not call.folder.is_dir():
        raise UserError(f"--out: a folder is needed; got {call.folder}, a file\n  name another")
    known = read_asked(call.folder)
    if known:
        check_same(call.folder, known.identity, call.asked.identity)
    return (call.folder / WEIGHTS).exists()


def begun_or_resumed(call: Call, processes: Processes, screen: Screen) -> Course:
    """The training as its last checkpoint left it, or before its first step."""
    course = begin([call.run], processes)
    path = one_for_all(processes, lambda: newest(call.folder, call.asked.identity, screen.say))
    if path is None:
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
    screen.say(f"Goes on from {path}, epoch {course.epoch}, step {len(course.losses)}.")
    there = checkpoint.content.versions
    if there != versions():
        screen.say(
            f"It was written with {_spelled(there)}; here are {_spelled(versions())}: bits may differ."
        )
    return course


@dataclass(slots=True, kw_only=True, eq=False)
class Session:
    """A training while it runs in this process."""

    call: Call
    screen: Screen
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
        recipe, course = self.call.recipe, self.course
        if self.records and not course.losses and _is_best(self.records):
            self._write(BEST)  # a kill may have come between its checkpoint and this file
        with (
            self._logged(),
            self.screen.shown(
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
                    after_step=self.screen.step,
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
        return self.course.processes.most(STOP if self.stop() else SAVE if saves else CONTINUE)

    def _keep(self, progress: SeedProgress) -> None:
        """Writes what the epoch gave: the checkpoint first, for the log is written anew from it."""
        record = progress.records[-1]
        if record.epoch == self.call.recipe.epochs or record.epoch % self.call.save_every == 0:
            self._save()
        else:
            self._check_finite()
        if self.log:
            self.log.write(progress.records)
        if _is_best(progress.records):
            self._write(BEST)
        self.screen.epoch(record)

    def _save(self) -> None:
        """A checkpoint, with the one before beside it; what is not finite takes no checkpoint's place."""
        self.course.end_diverged(self.course.epoch_losses())
        self._check_finite()
        if self.course.processes.leads:
            keep_as_before(self.call.folder)
        write_checkpoint(self.call.folder / LAST, self.call.asked.identity, self.course)
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
        if self.course.processes.leads:
            what = about(
                self.call.recipe, self.images, top1=self.records[-1].top1, command=self.call.asked.command
            )
            write_model(self.call.folder / name, self.course.trainer.evaluated, self.call.run.network, what)

    @contextmanager
    def _logged(self) -> Iterator[None]:
        """Only the process that leads has a log."""
        if not self.course.processes.leads:
            yield
            return
        with closing(Log(self.call.folder, self.records, tensorboard=self.call.tensorboard)) as self.log:
            yield


def _is_best(records: Sequence[EpochRecord]) -> bool:
    """Whether the last epoch is better than all before it."""
    return records[-1].top1 > max((record.top1 for record in records[:-1]), default=-1.0)


def one_for_all(processes: Processes, ask: Callable[[], T]) -> T:
    """What the process that leads is told; where it meets a mistake, all raise it."""
    answer, mistake = None, ""
    if processes.leads:
        try:
            answer = ask()
        except UserError as error:
            mistake = str(error)
    answer, mistake = processes.first((answer, mistake))
    if mistake:
        raise UserError(mistake)
    return cast(T, answer)


def _spelled(versions: Mapping[str, str]) -> str:
    return ", ".join(f"{name} {version}" for name, version in versions.items())


@contextmanager
def stop_wished() -> Iterator[Callable[[], bool]]:
    """Whether Ctrl-C was pressed in the block. Pressed again it interrupts as ever."""
    wishes: list[int] = []
    before = signal.getsignal(signal.SIGINT)

    def remember(number: int, frame: FrameType | None) -> None:
        wishes.append(number)
        signal.signal(signal.SIGINT, before)

    signal.signal(signal.SIGINT, remember)
    try:
        yield lambda: bool(wishes)
    finally:
        signal.signal(signal.SIGINT, before)
