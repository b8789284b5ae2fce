"""What the command line of a study does."""

from __future__ import annotations

import os
import shlex
from pathlib import Path

import pandas as pd
from rich.console import Console

from moat_lab.records import Plan, store_of
from moat_lab.report.labels import labels
from moat_lab.study.find import find_question, question_files
from moat_lab.study.plan import make_plan
from moat_lab.study.progress import Progress
from moat_lab.study.question import load_question
from moat_lab.study.run import run_study
from moat_lab.study.tables import answer_table, networks_table, studies_table

RUNS = Path("runs")
"""Where studies of this checkout go; `results/` holds those that are committed."""
INTERRUPTED = 130
"""What a shell gives for a process that Ctrl-C ended."""


def show_studies() -> None:
    """Prints every study with its question and size."""
    Console(highlight=False).print(studies_table(question_files()))


def show_networks(name: str, *, seeds: int, results: Path) -> None:
    """The dry run: prints what would be trained, and its exact cost."""
    console, plan = Console(highlight=False), plan_of(name, seeds=seeds)
    store, names = store_of(results / plan.name), labels(plan)
    done = {v.key: sum(store.has(v.key, plan.recipe_key, s) for s in plan.seeds) for v in plan.variants}
    console.print(plan.question, style="bold", markup=False)
    console.print(networks_table(plan, done))
    for variant in plan.variants:
        console.print(f"{names[variant.key]}:  {variant.network}", markup=False, soft_wrap=True)


def answer(name: str, *, seeds: int, workers: int, device: str, results: Path, storage: str) -> int:
    """Runs a study, prints its answer, and gives the exit code."""
    console, plan = Console(highlight=False), plan_of(name, seeds=seeds)
    folder, at_once = results / plan.name, workers or default_workers(device)
    progress = Progress(plan, workers=at_once, console=console)
    console.print(plan.question, style="bold", markup=False)
    try:
        outcome = run_study(
            plan, folder, workers=at_once, device=device, storage=storage or None, progress=progress
        )
    except KeyboardInterrupt:
        console.print(f"Stopped. Every finished training is in {folder}; to go on:", markup=False)
        elsewhere = "" if results == RUNS else f" --results {shlex.quote(str(results))}"
        console.print(f"  {plan.command}{elsewhere}", markup=False, soft_wrap=True)
        return INTERRUPTED
    console.print(answer_table(plan, pd.read_csv(folder / "summary.csv")))
    console.print(f"Report: {outcome.report}   Dashboard: make dashboard", markup=False, soft_wrap=True)
    return 1 if outcome.lost else 0


def plan_of(name: str, *, seeds: int) -> Plan:
    """The plan of a named study; 0 seeds are the study's own number."""
    question = load_question(find_question(name))
    command = f"python -m moat_lab.study {shlex.quote(name)}" + (f" --seeds {seeds}" if seeds else "")
    return make_plan(question, seeds=seeds or question.seeds, command=command)


def default_workers(device: str) -> int:
    """One training for each core, or one on an accelerator."""
    return 1 if device != "cpu" else os.cpu_count() or 1
