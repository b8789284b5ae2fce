"""The training of a network in a folder, from wherever it was left."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar, cast

from moat_lab.errors import UserError
from moat_lab.grammar import Network
from moat_lab.grammar import network as to_network
from moat_lab.models.weights import WEIGHTS
from moat_lab.numerics import deterministic, strict_if_possible
from moat_lab.train.allocator import keep_freed_memory
from moat_lab.train.asked import Asked, check_same, read_asked, write_asked
from moat_lab.train.batches import Batch, Images
from moat_lab.train.checkpoint import newest, put_back_course, save_course, versions
from moat_lab.train.course import Course, begun
from moat_lab.train.data_line import contents
from moat_lab.train.images import load_images
from moat_lab.train.log import Log, Row
from moat_lab.train.look import look
from moat_lab.train.opening import opening
from moat_lab.train.processes import Processes, check_batch
from moat_lab.train.recipe import Recipe
from moat_lab.train.screen import Screen
from moat_lab.train.stop import stop_wished
from moat_lab.train.weights import BEST, about, write_model

SAVE_AFTER_S = 600.0
"""Within an epoch a checkpoint is written this often."""
T = TypeVar("T")
GO_ON, SAVE, STOP = 0, 1, 2


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
    def network(self) -> Network:
        return to_network(self.asked.network)

    @property
    def recipe(self) -> Recipe:
        return Recipe.model_validate(self.asked.recipe)


def train(call: Call, processes: Processes, screen: Screen) -> bool:
    """Trains the network to its end, writing into the call's folder; whether it came there.

    It does not where Ctrl-C was pressed: then it leaves a checkpoint. It goes on from the folder's last
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
            course = resumed(call, processes, screen)
            if processes.leads and read_asked(call.folder) is None:
                write_asked(call.folder, call.asked)
            session = Session(
                call=call,
                processes=processes,
                screen=screen,
                course=course,
                train=train_images,
                val=val_images,
            )
            return session.to_the_end(stop)

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


def resumed(call: Call, processes: Processes, screen: Screen) -> Course:
    """The training as its last checkpoint left it, or before its first step."""
    course = begun(call.network, call.recipe, call.asked.seed, processes)
    path = one_for_all(processes, lambda: newest(call.folder, call.asked.identity, screen.say))
    if path is None:
        return course
    there = put_back_course(path, course, processes)
    screen.say(f"Goes on from {path}, epoch {course.epoch}, step {len(course.losses)}.")
    if there != versions():
        screen.say(
            f"It was written with {_spelled(there)}; here are {_spelled(versions())}: bits may differ."
        )
    return course


@dataclass(slots=True, kw_only=True, eq=False)
class Session:
    """A training while it runs in this process."""

    call: Call
    processes: Processes
    screen: Screen
    course: Course
    train: Images
    val: Images
    saved_s: float = field(default_factory=time.monotonic)

    def to_the_end(self, stop: Callable[[], bool]) -> bool:
        """Every epoch that is left, then the weights; False where it stopped on the way."""
        recipe, course = self.call.recipe, self.course
        if course.rows and not course.losses and _is_best(course.rows):
            self._write(BEST, course.rows[-1])  # a kill may have come between its checkpoint and this file
        with (
            self._log() as log,
            self.screen.shown(
                epochs=recipe.epochs, steps_per_epoch=recipe.steps_per_epoch, done=course.trainer.steps
            ),
        ):
            while course.epoch <= recipe.epochs:
                if not self._finish_epoch(stop):
                    return False
                row = self._row()
                course.close_epoch(row)
                self._keep(row, log)
        self._write(WEIGHTS, course.rows[-1])
        return True

    def _finish_epoch(self, stop: Callable[[], bool]) -> bool:
        """The steps that are left of the epoch; False where it stopped before the end."""
        batches = self.course.remaining(self.train, self.processes)
        while True:
            with self.course.timed():
                wish = self._steps(batches, stop)
            if wish == GO_ON:
                return True
            self._save()
            if wish == STOP:
                return False

    def _steps(self, batches: Iterator[Batch], stop: Callable[[], bool]) -> int:
        """Steps until something else is wished, or to the last batch."""
        while True:
            # Before the batch is drawn: the order's generator has to stand where the step ended.
            wish = self.processes.most(self._wish(stop))
            if wish:
                return wish
            batch = next(batches, None)
            if batch is None:
                return GO_ON
            self.course.step(batch)
            self.screen.step(self.course.losses[-1])

    def _wish(self, stop: Callable[[], bool]) -> int:
        if stop():
            return STOP
        return SAVE if time.monotonic() - self.saved_s > SAVE_AFTER_S else GO_ON

    def _row(self) -> Row:
        """What the epoch under way gave, at its end."""
        course, trainer, processes = self.course, self.course.trainer, self.processes
        losses = course.finite_losses(processes)
        share = self.val.in_order(processes.part)
        seen = processes.total(look(trainer.evaluated, share, trainer.autocast))
        return Row(
            epoch=course.epoch,
            steps=trainer.steps,
            train_loss=float(losses.mean()),
            val_loss=seen.loss,
            top1=seen.top1,
            top5=seen.top5,
            learning_rate=trainer.learning_rate,
            images_per_s=len(losses) * trainer.recipe.batch / course.seconds,
            seconds=course.seconds,
        )

    def _keep(self, row: Row, log: Log | None) -> None:
        """Writes what the epoch gave: the checkpoint first, for the log is written anew from it."""
        last = row.epoch == self.call.recipe.epochs
        if last or row.epoch % self.call.save_every == 0:
            self._save()
        if log:
            log.write(self.course.rows)
        if _is_best(self.course.rows):
            self._write(BEST, row)
        self.screen.epoch(row)

    def _save(self) -> None:
        save_course(self.call.folder, self.call.asked.identity, self.course, self.processes)
        self.saved_s = time.monotonic()

    def _write(self, name: str, row: Row) -> None:
        if self.processes.leads:
            what = about(self.call.recipe, self.train, top1=row.top1, command=self.call.asked.command)
            write_model(self.call.folder / name, self.course.trainer.evaluated, self.call.network, what)

    @contextmanager
    def _log(self) -> Iterator[Log | None]:
        """Only the process that leads has one."""
        if not self.processes.leads:
            yield None
            return
        with closing(Log(self.call.folder, self.course.rows, tensorboard=self.call.tensorboard)) as log:
            yield log


def _is_best(rows: Sequence[Row]) -> bool:
    """Whether the last epoch is better than all before it."""
    return rows[-1].top1 > max((row.top1 for row in rows[:-1]), default=-1.0)


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
