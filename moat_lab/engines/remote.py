"""A job carried out on a node that does not see the results folder, and what a node must have in common.

The node carries the job out in a folder of its own. What that leaves is sent back as bytes, and the study
writes it.
"""

from __future__ import annotations

import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory

from moat_lab.data import dataset
from moat_lab.data.duplicates import content_digest
from moat_lab.engines.engine import Job, MeasurementEnded, TrainingEnded
from moat_lab.engines.execution import OnEpoch, execute
from moat_lab.files import write_atomically
from moat_lab.records import Evaluation, Measurement, ResultsFolder
from moat_lab.records.evaluation import EVALUATION
from moat_lab.records.measurement import MEASUREMENT
from moat_lab.records.strict_json import from_text, to_text
from moat_lab.version import __version__

_PACKAGE = Path(__file__).parents[1]
IMAGES, FOLDER = "images", "results folder"
"""What must be equal also where nodes may have other versions."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """What a job gave for a seed: the text of its record, and the checkpoint of a paused training."""

    seed: int
    record: str
    checkpoint: bytes | None = None

    @classmethod
    def of(cls, record: Evaluation | Measurement, checkpoint: bytes | None = None) -> Parcel:
        text = to_text(EVALUATION, record) if isinstance(record, Evaluation) else to_text(MEASUREMENT, record)
        return cls(seed=record.seed, record=text, checkpoint=checkpoint)


def execute_apart(job: Job, checkpoint: bytes | None, device: str, on_epoch: OnEpoch) -> list[Parcel]:
    """What the job gave; `checkpoint` is the one from which its training is resumed. Raises as `execute`."""
    with TemporaryDirectory(prefix="moat-lab-") as folder:
        results = ResultsFolder(Path(folder))
        file = job.run.checkpoint_file(results.checkpoints)
        if checkpoint is not None:
            write_atomically(file, checkpoint)
        records = execute(job, results, device, on_epoch)
        left = file.read_bytes() if file.exists() else None
        return [Parcel.of(record, left) for record in records]


def keep(
    parcel: Parcel, job: Job, results: ResultsFolder, node: str, *, written: bool = False
) -> TrainingEnded | MeasurementEnded:
    """Writes what a node sent for the job of one seed, unless the node has `written` it already.

    A checkpoint is written before the record that needs it.

    Raises:
        OSError: it cannot be written.
    """
    if not job.epochs:
        measurement = from_text(MEASUREMENT, parcel.record)
        if not written:
            results.measurements.append(measurement)
        return MeasurementEnded(job=job, measurement=measurement, node=node)
    evaluation, file = from_text(EVALUATION, parcel.record), job.run.checkpoint_file(results.checkpoints)
    if written:
        return TrainingEnded(job=job, evaluation=evaluation, node=node)
    if parcel.checkpoint is not None:
        write_atomically(file, parcel.checkpoint)
    results.evaluations.append(evaluation, over_failure=job.retry)
    if evaluation.status != "paused":
        file.unlink(missing_ok=True)
    return TrainingEnded(job=job, evaluation=evaluation, node=node)


def checkpoint_of(results: ResultsFolder, job: Job) -> bytes | None:
    """From which the job's training is resumed; None where there is none."""
    try:
        return job.run.checkpoint_file(results.checkpoints).read_bytes()
    except FileNotFoundError:
        return None


def traits(data: str, probe: str) -> dict[str, str]:
    """What decides here about the bits of a record, name -> value; asked of each node, and compared.

    Args:
        data: whose images are compared; their files are read once, and the digest is kept.
        probe: a file that all nodes must see; empty where they share no folder.

    Raises:
        UserError: the data are not here.
    """
    return {
        "moat_lab": f"{__version__} ({code_digest()[:12]})",
        "torch": version("torch"),
        "python": platform.python_version(),
        IMAGES: _images_digest(data),
        FOLDER: _content(Path(probe)) if probe else "",
    }


def _content(probe: Path) -> str:
    return probe.read_text() if probe.is_file() else "none"


def _images_digest(data: str) -> str:
    """Empty for data that every machine has, or downloads."""
    encoded = dataset(data).encoded
    return "" if encoded is None else content_digest(encoded)[:12]


def code_digest(package: Path = _PACKAGE) -> str:
    """Of every file of code that a training may run."""
    content = sha256()
    for path in sorted(package.rglob("*.py")):
        content.update(f"{path.relative_to(package)}\0".encode() + path.read_bytes() + b"\0")
    return content.hexdigest()


def differences(ours: Mapping[str, str], theirs: Mapping[str, str], *, mixed: bool) -> Sequence[str]:
    """What keeps a node from being used, such as `torch 2.14.0 there, 2.15.0 here`."""
    compared = (IMAGES, FOLDER) if mixed else tuple(ours)
    return [
        f"{name} {theirs.get(name, 'none')} there, {ours[name]} here"
        for name in compared
        if theirs.get(name) != ours[name]
    ]
