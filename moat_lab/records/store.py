"""A folder of evaluations."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from moat_lab.records.evaluation import EVALUATION, Evaluation
from moat_lab.records.files import Damaged, RecordFiles
from moat_lab.records.outcome import Reading


@dataclass(frozen=True, slots=True)
class Store:
    """One file for each (network key, recipe key, seed). Any number of processes may write at once."""

    folder: Path

    def path(self, network_key: str, recipe_key: str, seed: int) -> Path:
        return self._files.path(network_key, recipe_key, seed)

    def find(self, network_key: str, recipe_key: str, seed: int) -> Evaluation | None:
        """The evaluation, finished, failed or paused; None where there is no file or a damaged one."""
        return self._files.find(network_key, recipe_key, seed)

    def has(self, network_key: str, recipe_key: str, seed: int, *, failed: bool = True) -> bool:
        """Whether a training has ended, and its record can be read: finished or (if it counts) failed."""
        record = self.find(network_key, recipe_key, seed)
        return record is not None and (record.status == "ok" or (failed and record.status == "failed"))

    def append(self, evaluation: Evaluation, *, over_failure: bool = False) -> Path:
        """The evaluation's file, written atomically.

        The same training again replaces its record, but a failure never replaces a finished one, and a
        paused one replaces only a paused one that has come no further, and with `over_failure` a failure.

        Raises:
            ValueError: it could not be read back, or the file holds another network or recipe under the
                same keys. The file stays as it was.
        """

        def stays(old: Evaluation, new: Evaluation) -> bool:
            replaced = over_failure and old.status == "failed"
            return not replaced and _standing(old) > _standing(new)

        return self._files.append(evaluation, stays=stays)

    def names(self, recipe_key: str) -> Iterator[tuple[str, int]]:
        """Network key and seed of each file that has the name of a record by this recipe."""
        return self._files.names(recipe_key)

    def read(self) -> Reading[Evaluation]:
        """All evaluations; damaged files are named, half-written leftovers and other files are ignored."""
        evaluations, damaged = self._files.read()
        return Reading(evaluations=evaluations, damaged=damaged)

    def read_file(self, path: Path) -> Evaluation | Damaged:
        """The evaluation that a file of the folder holds, or why it holds none."""
        return self._files.read_file(path)

    @property
    def _files(self) -> RecordFiles[Evaluation]:
        return RecordFiles(
            folder=self.folder,
            kind=EVALUATION,
            subject=lambda evaluation: (evaluation.network, evaluation.recipe),
        )


def _standing(evaluation: Evaluation) -> tuple[int, int]:
    """Of two records of one training the greater one stays."""
    rank = ("paused", "failed", "ok").index(evaluation.status)
    return rank, 0 if rank else evaluation.epochs
