"""Records drawn at random, trained again: whether a results folder says what its trainings give."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from moat_lab.errors import UserError
from moat_lab.records import Evaluation, ResultsFolder
from moat_lab.records.repetition import differences
from moat_lab.train import Recipe, evaluate
from moat_lab.train.provenance import environment


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditedRecord:
    """A record beside its training again.

    Args:
        name: of its file.
        differences: a line each; none where the bytes agree.
        reasons: what differs in how the two were trained, a line each.
    """

    name: str
    differences: Sequence[str]
    reasons: Sequence[str]
    seconds: float


def drawn_records(results: ResultsFolder, *, records: int, seed: int) -> list[Evaluation]:
    """Finished evaluations of a study, or of all schedules of a calibration, drawn without replacement.

    Raises:
        UserError: there is none, or the folder holds no study.
    """
    calibration = results.read_calibration()
    folders = [results.schedule(name) for name in calibration.schedules] if calibration else [results]
    finished = [e for folder in folders for e in folder.evaluations.read().evaluations if e.status == "ok"]
    if not finished:
        raise UserError(f"a finished training is needed to train again; {results} has none")
    return random.Random(seed).sample(finished, min(records, len(finished)))


def repeated(record: Evaluation) -> AuditedRecord:
    """Trains a record's network again by its recipe and seed, on the CPU, with as many threads.

    Raises:
        UserError: the data are not there, or the recipe is none of this version.
    """
    import torch

    if isinstance(threads := record.environment.get("threads"), int) and threads > 0:
        torch.set_num_threads(threads)
    start = time.perf_counter()
    again = evaluate(record.network, Recipe.model_validate(record.recipe), record.seed)
    return AuditedRecord(
        name=f"{record.network_key}-{record.recipe_key}-{record.seed}",
        differences=differences(record, again),
        reasons=[*_reasons(record.environment, environment("cpu"))],
        seconds=time.perf_counter() - start,
    )


def _reasons(before: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[str]:
    """Why bytes may differ, though nothing is wrong."""
    for name, version in before.get("versions", {}).items():
        if name != "moat_lab" and version != now["versions"].get(name):
            yield f"{name} {version} recorded, {now['versions'].get(name)} here"
    for name in ("device", "processor", "system", "threads"):
        if name in before and before[name] != now[name]:
            yield f"{name} {before[name]} recorded, {now[name]} here"
    if together := before.get("seeds_together"):
        yield f"trained together with {len(together) - 1} other seeds, which rounds otherwise"
