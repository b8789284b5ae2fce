"""What each epoch of a training gave: `log.csv`, and TensorBoard where asked for."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from moat_lab.errors import UserError
from moat_lab.files import write_atomically
from moat_lab.records import Epoch

if TYPE_CHECKING:
    from torch.utils.tensorboard import SummaryWriter

FILE = "log.csv"
FOLDER = "tensorboard"
TAGS = {
    "train_loss": "loss/train",
    "val_loss": "loss/val",
    "learning_rate": "learning_rate",
    "images_per_s": "images_per_s",
}
"""What TensorBoard shows beside the scores, and under which name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EpochRecord:
    """One epoch that ended with a validation.

    Args:
        steps: from the start of the training.
        scores: on val, the task's main one first; NaN in checkpoints from before one was measured in every
            training.
        images_per_s: in training, since the record before; `seconds` likewise.
    """

    epoch: int
    steps: int
    train_loss: float
    val_loss: float
    scores: Mapping[str, float]
    learning_rate: float
    images_per_s: float
    seconds: float

    @property
    def score(self) -> float:
        """The task's main one."""
        return next(iter(self.scores.values()))

    @property
    def row(self) -> dict[str, float]:
        """By column of the log: each score has its own."""
        values = asdict(self)
        del values["scores"]
        return {**values, **self.scores}

    @property
    def curve_point(self) -> Epoch:
        """What an evaluation records of it."""
        return Epoch(
            epoch=self.epoch,
            train_loss=self.train_loss,
            val_loss=self.val_loss,
            score=self.score,
            learning_rate=self.learning_rate,
        )


def csv_text(records: Sequence[EpochRecord], scores: Sequence[str]) -> str:
    """A header and one line for each epoch; floats are exact."""
    names = [field.name for field in fields(EpochRecord)]
    at = names.index("scores")
    text = io.StringIO()
    writer = csv.DictWriter(text, [*names[:at], *scores, *names[at + 1 :]], lineterminator="\n")
    writer.writeheader()
    writer.writerows(record.row for record in records)
    return text.getvalue()


class Log:
    """The log of one folder. Each time all records are written: whatever is killed, each is there once."""

    def __init__(
        self, folder: Path, records: Sequence[EpochRecord], *, scores: Sequence[str], tensorboard: bool
    ) -> None:
        """`records` are those that the training goes on from; later ones on disk are forgotten."""
        self.path, self.scores = folder / FILE, scores
        self.board = _board(folder / FOLDER, first=len(records) + 1) if tensorboard else None
        write_atomically(self.path, csv_text(records, self.scores))

    def write(self, records: Sequence[EpochRecord]) -> None:
        """The last of the records is new."""
        write_atomically(self.path, csv_text(records, self.scores))
        if self.board:
            values, tags = records[-1].row, TAGS | {name: f"val/{name}" for name in self.scores}
            for name, tag in tags.items():
                self.board.add_scalar(tag, values[name], records[-1].epoch)
            self.board.flush()

    def close(self) -> None:
        if self.board:
            self.board.close()


def _board(folder: Path, *, first: int) -> SummaryWriter:
    """A writer of epochs from `first` on; TensorBoard drops what it has of them from before."""
    check_tensorboard()
    from torch.utils.tensorboard import SummaryWriter

    return SummaryWriter(str(folder), purge_step=first)


def check_tensorboard() -> None:
    """Raises UserError where TensorBoard is not installed."""
    if find_spec("tensorboard") is None:
        raise UserError(
            "--log tensorboard needs TensorBoard, which is not installed\n"
            "  pip install 'moat-lab[tensorboard]'; log.csv is written without it"
        )
