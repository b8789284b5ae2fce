"""A study of a name or file, trained from Python: what `moat-lab study` does, with its results as a value."""

from __future__ import annotations

from pathlib import Path

from moat_lab.errors import UserError
from moat_lab.lookup import STUDY, find_file
from moat_lab.report.notebook import Results
from moat_lab.report.notebook import results as recorded_results
from moat_lab.study.cli import INTERRUPTED, RUNS, StudyOptions, run_and_print
from moat_lab.study.study_spec import load_study


def run_study(
    name: str | Path, *, seeds: int = 0, workers: int = 0, device: str = "cpu", results: str | Path = RUNS
) -> Results:
    """Train what a study still lacks, with progress, and give its results.

    Every finished training is kept in `results`/NAME. The same call goes on where it was interrupted.

    Args:
        name: a study's name, or the path of its YAML file.
        seeds: for each network; 0 is the study's own number.
        workers: trainings at a time; 0 is one for each core, or one on each GPU.
        device: cpu, cuda (every GPU), cuda:1.
        results: where the study's folder is made.

    Raises:
        UserError: there is no such study, or it cannot be trained; or it is a calibration, which has no one
            table.
        KeyboardInterrupt: it was interrupted; what had ended is kept.
    """
    spec = load_study(find_file(STUDY, name))
    if spec.schedules:
        raise UserError(
            f"{name} is a calibration, and has a report for each schedule\n  `moat-lab study {name}`"
        )
    options = StudyOptions(
        name=str(name),
        seeds=seeds,
        target_half_width="",
        budget="",
        engine="",
        workers=workers,
        per_device=0,
        together=False,
        device=device,
        results=Path(results),
        storage="",
    )
    if run_and_print(options) == INTERRUPTED:
        raise KeyboardInterrupt
    return recorded_results(Path(results) / spec.name)
