"""What a calibration asks: which schedules order networks as the longest does."""

from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter

from moat_lab.errors import UserError
from moat_lab.files import write_atomically
from moat_lab.records.files import Damaged
from moat_lab.records.strict_json import from_file, to_text

FILE = "calibration.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """The same networks by several recipes, each with its plan in a folder of its own.

    Args:
        schedules: names of the recipes, and of the folders; the first is the one to agree with.
        command: what to type to run it again.
    """

    name: str
    question: str
    expectation: str
    source: str
    schedules: tuple[str, ...]
    command: str


def write_calibration(folder: Path, calibration: Calibration) -> Path:
    """The file `calibration.json` in `folder`, written whole."""
    return write_atomically(folder / FILE, to_text(_JSON, calibration))


def read_calibration(folder: Path) -> Calibration | None:
    """The calibration of a results folder; None where it holds none.

    Raises:
        UserError: the file is damaged.
    """
    path = folder / FILE
    if not path.exists():
        return None
    try:
        return from_file(_JSON, path)
    except (OSError, ValueError) as error:
        raise UserError(f"{path} is damaged: {error}\n  starting its study again writes it anew") from error


def find_calibration(folder: Path) -> Calibration | Damaged | None:
    """The calibration of a results folder; why it cannot be read; None where it holds none."""
    try:
        return read_calibration(folder)
    except UserError as error:
        return Damaged(path=folder / FILE, reason=str(error.__cause__))


_JSON = TypeAdapter(Calibration)
