"""A results folder: the one place that knows the names of its files."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path

from moat_lab.errors import UserError
from moat_lab.files import write_atomically
from moat_lab.lookup import RESULTS, TABLE
from moat_lab.records.confirmation import CONFIRMATION, Confirmation
from moat_lab.records.evaluation import Evaluation
from moat_lab.records.files import Damaged, RecordFiles
from moat_lab.records.lock import has_holder, locked
from moat_lab.records.measurement import Measurement, measurement_files
from moat_lab.records.outcome import Reading
from moat_lab.records.plan import CALIBRATION, PLAN, Calibration, Plan
from moat_lab.records.search import PROPOSAL_COUNTS, ProposalCounts
from moat_lab.records.status import STALE_S, STATUS, Status
from moat_lab.records.store import Store
from moat_lab.records.strict_json import from_file, to_text

_OF_RECORDS = ("evaluations", "measurements", "checkpoints", "confirmation")


@dataclass(frozen=True, slots=True, order=True)
class ResultsFolder:
    """A folder such as `results/ablate_order`: a plan, its records, what follows from them, and a lock.

    Records are the truth. Report, tables, figures, Optuna's storage and the table of outcomes follow from
    them, and may be deleted.
    """

    path: Path

    @classmethod
    def below(cls, root: Path) -> tuple[ResultsFolder, ...]:
        """The folders below `root`, at any depth, that hold a plan, by path; records are not walked."""
        folders = [cls(here) for child in root.glob("*/") if child.is_dir() for here in _with_plan(child)]
        return tuple(sorted(folders))

    def __str__(self) -> str:
        return str(self.path)

    def schedule(self, name: str) -> ResultsFolder:
        """The folder of one of a calibration's schedules."""
        return ResultsFolder(self.path / name)

    @property
    def confirmation(self) -> ResultsFolder:
        """The folder of what was trained to confirm the pick: a plan and records of its own."""
        return ResultsFolder(self.path / "confirmation")

    @property
    def confirmation_file(self) -> Path:
        """What is confirmed in this folder, the confirmation of another."""
        return self.path / "confirmation.json"

    @property
    def plan_file(self) -> Path:
        return self.path / RESULTS.file

    @property
    def calibration_file(self) -> Path:
        return self.path / "calibration.json"

    @property
    def proposals_file(self) -> Path:
        return self.path / "proposals.json"

    @property
    def journal_file(self) -> Path:
        """The order in which a search asked for trainings and learned of their results."""
        return self.path / "trials.jsonl"

    @property
    def evaluations(self) -> Store:
        return Store(self.path / "evaluations")

    @property
    def measurements(self) -> RecordFiles[Measurement]:
        """What was measured of its networks before they were trained."""
        return measurement_files(self.path / "measurements")

    @property
    def checkpoints(self) -> Path:
        """The folder of its paused trainings. A training that has ended needs its checkpoint no more."""
        return self.path / "checkpoints"

    @property
    def report_file(self) -> Path:
        return self.path / "report.md"

    @property
    def summary_file(self) -> Path:
        """A row for each network."""
        return self.path / "summary.csv"

    @property
    def calibration_table_file(self) -> Path:
        """A row for each schedule of a calibration."""
        return self.path / "calibration.csv"

    @property
    def recorded_table_file(self) -> Path:
        """A row for each training, where `moat-lab record` wrote them down."""
        return self.path / TABLE.file

    @property
    def supernet_file(self) -> Path:
        """The checkpoint of a training of weights that all networks of a space share."""
        return self.path / "supernet.safetensors"

    @property
    def shared_weights_file(self) -> Path:
        """Weights that all networks of a space share, after their training."""
        return self.path / "shared_weights.safetensors"

    @property
    def inherited_file(self) -> Path:
        """A row for each network, with its score by shared weights."""
        return self.path / "inherited.csv"

    @property
    def outcomes_file(self) -> Path:
        """The table of outcomes that pages read in place of very many evaluations."""
        return self.path / ".outcomes.parquet"

    @property
    def optuna_file(self) -> Path:
        """Optuna's storage of what has finished."""
        return self.path / "optuna.db"

    @property
    def lock_holder_file(self) -> Path:
        """Who works in the folder now."""
        return self.path / ".lock.json"

    @property
    def status_file(self) -> Path:
        """What the command that works in the folder runs now."""
        return self.path / ".status.json"

    @property
    def mailboxes(self) -> Path:
        """The folder of what the study and allocations of a cluster tell each other while it runs."""
        return self.path / ".mailboxes"

    def locked(self) -> AbstractContextManager[None]:
        """Keeps other commands out; a thread that has the lock may take it again.

        Raises:
            UserError: another process has it, or the folder's file system has no locks.
        """
        return locked(self.path / ".lock", self.lock_holder_file)

    def read(self) -> Reading[Evaluation]:
        """Evaluations and measurements, and the damaged files of both."""
        reading, (measurements, damaged) = self.evaluations.read(), self.measurements.read()
        return replace(
            reading,
            damaged=reading.damaged + damaged,
            measurements=measurements,
            proposal_counts=self.read_proposal_counts(),
        )

    def write_status(self, status: Status) -> Path:
        return write_atomically(self.status_file, to_text(STATUS, status))

    def remove_status(self) -> None:
        self.status_file.unlink(missing_ok=True)

    def read_status(self) -> Status | None:
        """What a command runs now; None where none works in the folder, or it stands still."""
        try:
            age_s = time.time() - self.status_file.stat().st_mtime
            status = from_file(STATUS, self.status_file)
        except (OSError, ValueError):
            return None
        return status if age_s < STALE_S and has_holder(self.lock_holder_file) else None

    def write_plan(self, plan: Plan) -> Path:
        return write_atomically(self.plan_file, to_text(PLAN, plan))

    def read_plan(self) -> Plan:
        """The plan.

        Raises:
            UserError: there is none, or it is damaged.
        """
        try:
            return from_file(PLAN, self.plan_file)
        except OSError as error:
            raise UserError(
                f"a results folder with a {RESULTS.file} is needed; got {self}, which has none to read.\n"
                "  `python -m moat_lab.study NAME` makes one below runs/"
            ) from error
        except ValueError as error:
            raise _damaged(self.plan_file, error) from error

    def find_plan(self) -> Plan | Damaged:
        """The plan, or why there is none to read."""
        try:
            return from_file(PLAN, self.plan_file)
        except (OSError, ValueError) as error:
            return Damaged(path=self.plan_file, reason=str(error))

    def write_calibration(self, calibration: Calibration) -> Path:
        return write_atomically(self.calibration_file, to_text(CALIBRATION, calibration))

    def read_calibration(self) -> Calibration | None:
        """The calibration; None where the folder holds none.

        Raises:
            UserError: it is damaged.
        """
        calibration = self.find_calibration()
        if isinstance(calibration, Damaged):
            raise _damaged(calibration.path, calibration.reason)
        return calibration

    def find_calibration(self) -> Calibration | Damaged | None:
        """The calibration; why it cannot be read; None where the folder holds none."""
        if not self.calibration_file.exists():
            return None
        try:
            return from_file(CALIBRATION, self.calibration_file)
        except (OSError, ValueError) as error:
            return Damaged(path=self.calibration_file, reason=str(error))

    def write_confirmation(self, confirmation: Confirmation) -> Path:
        return write_atomically(self.confirmation_file, to_text(CONFIRMATION, confirmation))

    def read_confirmation(self) -> Confirmation | None:
        """What is confirmed in this folder; None where nothing is.

        Raises:
            UserError: it is damaged.
        """
        if not self.confirmation_file.exists():
            return None
        try:
            return from_file(CONFIRMATION, self.confirmation_file)
        except (OSError, ValueError) as error:
            raise UserError(
                f"{self.confirmation_file} is damaged: {error}\n"
                f"  delete {self} to confirm anew, which is a second look at the test images"
            ) from error

    def write_proposal_counts(self, proposal_counts: ProposalCounts) -> Path:
        """Totals, so that nothing is counted twice."""
        return write_atomically(self.proposals_file, to_text(PROPOSAL_COUNTS, proposal_counts))

    def read_proposal_counts(self) -> ProposalCounts | None:
        """The counts of a search; None where they were not recorded, or their file is damaged.

        A search that goes on counts anew while it is replayed, and writes the file again.
        """
        try:
            return from_file(PROPOSAL_COUNTS, self.proposals_file)
        except (OSError, ValueError):
            return None


def _with_plan(folder: Path) -> Iterator[Path]:
    for here, folders, files in os.walk(folder):
        if RESULTS.file in files:
            yield Path(here)
            folders[:] = [name for name in folders if name not in _OF_RECORDS]


def _damaged(path: Path, reason: object) -> UserError:
    return UserError(f"{path} is damaged: {reason}\n  starting its study again writes it anew")
