"""The list of all studies. It loads no more than that takes: people wait for it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from rich.markup import escape
from rich.table import Table

from moat_lab.data import dataset
from moat_lab.device import default_workers
from moat_lab.errors import UserError
from moat_lab.lookup import STUDY, files_by_name
from moat_lab.report.units import NOTHING, duration
from moat_lab.study.estimate import ROOTS, Pace, local_evaluations, pace, study_s, trained_macs
from moat_lab.study.fitted_table import columns_of, study_console
from moat_lab.study.study_spec import StudySpec, load_study, with_sizes


def print_studies() -> None:
    """Prints every study with its question, its size, and how long it takes here."""
    console, workers = study_console(), default_workers("cpu")
    here = pace(local_evaluations(ROOTS))
    console.print(studies_table(files_by_name(STUDY), here, workers=workers))
    console.print(f"Times are estimates for {workers} at a time, from trainings already done.")


def studies_table(files: Mapping[str, Path], pace: Pace | None, *, workers: int) -> Table:
    """Every study with its question, its size, and how long it takes."""
    table = columns_of(
        "study",
        "question",
        networks="right",
        seeds="right",
        data="left",
        time="right",
        drop=("data", "seeds", "networks"),
        prose="question",
    )
    for name, path in files.items():
        unsized = load_study(path)
        spec = _with_data(unsized)
        if spec is None:
            table.add_row(
                name,
                escape(unsized.question),
                NOTHING,
                str(unsized.seeds),
                *_absent(unsized),
            )
            continue
        macs = trained_macs(spec)
        takes = duration(study_s(spec, macs, pace, workers=workers)) if pace else NOTHING
        row = (len(macs), spec.seeds, spec.recipe.data, takes)
        table.add_row(name, escape(spec.question), *map(str, row))
    return table


def _with_data(spec: StudySpec) -> StudySpec | None:
    """`with_sizes`; None where nobody can say how many classes and images there are."""
    try:
        dataset(spec.recipe.data)
        return with_sizes(spec)
    except UserError:
        return None


def _absent(spec: StudySpec) -> tuple[str, str]:
    return f"{escape(spec.recipe.data)} (not here)", NOTHING
