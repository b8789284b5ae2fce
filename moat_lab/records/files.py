"""A folder of records of one kind: one file for each network, recipe and seed, written atomically."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, Protocol, TypeVar

from pydantic import TypeAdapter

from moat_lab.files import write_atomically
from moat_lab.records.strict_json import from_file, from_text, to_text


class Keyed(Protocol):
    """What belongs to a network, a recipe and a seed."""

    @property
    def network_key(self) -> str: ...
    @property
    def recipe_key(self) -> str: ...
    @property
    def seed(self) -> int: ...


R = TypeVar("R", bound=Keyed)


@dataclass(frozen=True, slots=True, kw_only=True)
class Damaged:
    """A file that is not a record of its folder's kind, and why."""

    path: Path
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordFiles(Generic[R]):
    """Writes and reads the records of a folder; any number of processes may write at once.

    Args:
        kind: what the files hold.
        subject: what two records with the same keys must have in common.
    """

    folder: Path
    kind: TypeAdapter[R]
    subject: Callable[[R], object]

    def path(self, network_key: str, recipe_key: str, seed: int) -> Path:
        return self.folder / f"{network_key}-{recipe_key}-{seed}.json"

    def find(self, network_key: str, recipe_key: str, seed: int) -> R | None:
        """The record; None where there is no file or a damaged one."""
        record = self.read_file(self.path(network_key, recipe_key, seed))
        return None if isinstance(record, Damaged) else record

    def append(self, record: R, *, stays: Callable[[R, R], bool] = lambda old, new: False) -> Path:
        """The record's file, written atomically unless `stays(the record it holds, the new one)`.

        Raises:
            ValueError: it could not be read back, or the file holds one of another subject. The file
                stays as it was.
        """
        text = to_text(self.kind, record)
        new = from_text(self.kind, text)  # what a reader will see: tuples in a recipe are lists in JSON
        path = self._path_of(new)
        old = self.find(new.network_key, new.recipe_key, new.seed)
        if old and self.subject(old) != self.subject(new):
            raise ValueError(f"{path.name} holds another network or recipe with the same key; not replaced")
        return path if old and stays(old, new) else write_atomically(path, text)

    def names(self, recipe_key: str) -> Iterator[tuple[str, int]]:
        """Network key and seed of each file that has the name of a record by this recipe, and may be none."""
        name = re.compile(rf"([0-9a-f]{{12}})-{re.escape(recipe_key)}-(0|[1-9][0-9]{{0,17}})\.json")
        matches = (name.fullmatch(path.name) for path in self.folder.glob("*.json"))
        return ((match[1], int(match[2])) for match in matches if match)

    def read(self) -> tuple[tuple[R, ...], tuple[Damaged, ...]]:
        """All records, and the damaged files; half-written leftovers and other files are ignored."""
        read = [self.read_file(path) for path in sorted(self.folder.glob("*.json"))]
        return (
            tuple(item for item in read if not isinstance(item, Damaged)),
            tuple(item for item in read if isinstance(item, Damaged)),
        )

    def read_file(self, path: Path) -> R | Damaged:
        """The record of one file of the folder."""
        try:
            record = from_file(self.kind, path)
        except (OSError, ValueError) as error:
            return Damaged(path=path, reason=str(error))
        name, kind = self._path_of(record).name, type(record).__name__.lower()
        if path.name != name:
            return Damaged(path=path, reason=f"holds the {kind} that belongs in {name}")
        return record

    def _path_of(self, record: R) -> Path:
        return self.path(record.network_key, record.recipe_key, record.seed)
