"""A folder of evaluations, one whole file each."""

from dataclasses import dataclass
from pathlib import Path

from moat_lab.records.evaluation import Evaluation
from moat_lab.records.whole import write_whole


@dataclass(frozen=True, slots=True, kw_only=True)
class Damaged:
    """A file that is not an evaluation, and why."""

    path: Path
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """All that a folder holds, both by file name."""

    evaluations: tuple[Evaluation, ...]
    damaged: tuple[Damaged, ...]


@dataclass(frozen=True, slots=True)
class Store:
    """One file for each (network key, recipe key, seed). Any number of processes may write at once."""

    folder: Path

    def path(self, network_key: str, recipe_key: str, seed: int) -> Path:
        return self.folder / f"{network_key}-{recipe_key}-{seed}.json"

    def find(self, network_key: str, recipe_key: str, seed: int) -> Evaluation | None:
        """The evaluation, finished or failed; None where there is no file or a damaged one."""
        found = _read(self.path(network_key, recipe_key, seed))
        return found if isinstance(found, Evaluation) else None

    def has(self, network_key: str, recipe_key: str, seed: int) -> bool:
        """Whether a whole record is there, finished or failed."""
        return self.find(network_key, recipe_key, seed) is not None

    def append(self, evaluation: Evaluation) -> Path:
        """The evaluation's file, written whole.

        The same training again replaces its record, but a failure never replaces a finished one.

        Raises:
            ValueError: it could not be read back, or the file holds another network or recipe under the
                same keys. The file stays as it was.
        """
        text = evaluation.to_json()
        new = Evaluation.from_json(text)  # what a reader will see: tuples in a recipe are lists in JSON
        known = self.find(new.network_key, new.recipe_key, new.seed)
        path = self.path(new.network_key, new.recipe_key, new.seed)
        if known and (known.network, known.recipe) != (new.network, new.recipe):
            raise ValueError(f"{path.name} holds another network or recipe with the same key; not replaced")
        if known and known.status == "ok" and new.status == "failed":
            return path
        return write_whole(path, text)

    def read(self) -> Reading:
        """All evaluations; damaged files are named, half-written leftovers and other files are ignored."""
        found = [_read(path) for path in sorted(self.folder.glob("*.json"))]
        return Reading(
            evaluations=tuple(item for item in found if isinstance(item, Evaluation)),
            damaged=tuple(item for item in found if isinstance(item, Damaged)),
        )


def store_of(results: Path) -> Store:
    """The evaluations of the results folder `results`, such as `results/ablate_order`."""
    return Store(results / "evaluations")


def _read(path: Path) -> Evaluation | Damaged:
    try:
        evaluation = Evaluation.from_json(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        return Damaged(path=path, reason=str(error))
    named = f"{evaluation.network_key}-{evaluation.recipe_key}-{evaluation.seed}.json"
    if path.name != named:
        return Damaged(path=path, reason=f"holds the evaluation that belongs in {named}")
    return evaluation
