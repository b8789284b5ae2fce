"""How many of a sampler's proposals were no use."""

from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter

from moat_lab.files import write_atomically
from moat_lab.records.strict_json import from_file, to_text

FILE = "proposals.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposed:
    """Since the search began: networks that had been chosen before, and networks beyond a limit."""

    duplicates: int
    infeasible: int


def write_proposed(folder: Path, proposed: Proposed) -> Path:
    """The file `proposals.json` in `folder`, written whole: totals, so that nothing is counted twice."""
    return write_atomically(folder / FILE, to_text(_JSON, proposed))


def read_proposed(folder: Path) -> Proposed | None:
    """The counts of a search; None where they were not recorded, or their file is damaged.

    A search that goes on counts anew while it is replayed, and writes the file again.
    """
    try:
        return from_file(_JSON, folder / FILE)
    except (OSError, ValueError):
        return None


_JSON = TypeAdapter(Proposed)
