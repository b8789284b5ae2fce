"""A study run from the command line, and its answer printed."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain, repeat
from pathlib import Path

import pandas as pd
from rich.console import Console

from moat_lab.analysis.found import found
from moat_lab.analysis.tables import counted
from moat_lab.device import devices_of
from moat_lab.errors import UserError
from moat_lab.lookup import STUDY, find_file
from moat_lab.records import (
    RETRY,
    Calibration,
    Plan,
    Reading,
    Search,
    Store,
    locked,
    read_plan,
    read_results,
    reason_of,
    store_of,
    write_calibration,
)
from moat_lab.records.plan import MOST_SEEDS
from moat_lab.report.picked import pick_text
from moat_lab.report.provenance import unread
from moat_lab.report.units import count, read_points
from moat_lab.report.write import write_report
from moat_lab.study.plan import check_trainable, make_plan, schedule_plans
from moat_lab.study.progress import Progress
from moat_lab.study.question import Question, data_found, load_question, with_numbers
from moat_lab.study.run import Outcome, run_study
from moat_lab.study.search import run_search
from moat_lab.study.tables import answer_table, calibration_table, frontier_table
from moat_lab.study.until import ended, read_budget, run_until

RUNS = Path("runs")
"""Where studies of this checkout go; `results/` holds those that are committed."""
INTERRUPTED = 130
"""What a shell gives for a process that Ctrl-C ended."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """What was typed behind `python -m moat_lab.study`; an empty text, and 0, were not."""

    name: str
    seeds: int
    until: str
    budget: str
    workers: int
    per_device: int
    together: bool
    device: str
    results: Path
    storage: str
    retry_failed: bool = False

    @property
    def extras(self) -> str:
        """The options that a plan's command does not hold, to type again."""
        given = {"--until": self.until, "--budget": self.budget, "--results": str(self.results)}
        given["--results"] = "" if self.results == RUNS else given["--results"]
        options = "".join(f" {option} {shlex.quote(value)}" for option, value in given.items() if value)
        return options + (" --together" if self.together else "")

    @property
    def again(self) -> str:
        """The command that trains what failed again."""
        return f"{command_of(self.name, self.seeds)}{self.extras} {RETRY}"


def answer(call: Call) -> int:
    """Runs a study, prints its answer, and gives the exit code."""
    console, question = Console(highlight=False), with_numbers(load_question(find_file(STUDY, call.name)))
    folder, command = call.results / question.name, command_of(call.name, call.seeds)
    console.print(question.question, style="bold", markup=False)
    for line in data_found(question):
        console.print(line, markup=False, soft_wrap=True)
    try:
        return (_calibrate if question.schedules else _answer)(question, call, console)
    except KeyboardInterrupt:
        console.print(f"Stopped. Every finished training is in {folder}; to go on:", markup=False)
        console.print(f"  {command}{call.extras}", markup=False, soft_wrap=True)
        return INTERRUPTED


def _answer(question: Question, call: Call, console: Console) -> int:
    folder = call.results / question.name
    if call.until:
        plan, outcome = _run_until(question, call, console)
    else:
        plan = plan_for(question, call.name, seeds=call.seeds, results=call.results)
        outcome = _run(plan, call, console)
    if plan.search:
        _print_found(read_plan(folder), plan.search, folder, console)
    else:
        console.print(answer_table(plan, pd.read_csv(folder / "summary.csv")))
    if said := unread(read_results(folder).damaged, folder):
        console.print(said, markup=False, soft_wrap=True)
    console.print(f"Report: {outcome.report}   Dashboard: moat-lab dashboard", markup=False, soft_wrap=True)
    return 1 if _print_failed([folder], call, console) or outcome.lost else 0


def _print_failed(folders: Iterable[Path], call: Call, console: Console) -> bool:
    """What failed of the plans in `folders`, why the last did, and how to try again; whether all did."""
    plans = {folder: read_plan(folder) for folder in folders}
    known = [e for folder, plan in plans.items() for e in counted(plan, read_results(folder).evaluations)]
    failed = [e for e in known if e.status == "failed"]
    if not failed:
        return False
    said = f"Failed, and in no mean: {count(len(failed), 'training')}"
    if every := len(failed) == len(known):
        said = f"Every training failed ({len(known)}), so nothing can be said"
    console.print(f"{said}. The last: {reason_of(failed[-1].error)}", markup=False, soft_wrap=True)
    console.print(f"To train what failed again:\n  {call.again}", markup=False, soft_wrap=True)
    return every


def _calibrate(question: Question, call: Call, console: Console) -> int:
    """Runs a study by each of its schedules, and prints how well they agree."""
    if call.until:
        raise UserError("--until is for effects on a baseline; a calibration compares schedules")
    folder, command = call.results / question.name, command_of(call.name, call.seeds)
    plans = schedule_plans(question, seeds=call.seeds or question.seeds, command=command)
    check_trainable(question, next(iter(plans.values())))
    there = max(seeds_there(store_of(folder / name), plan) for name, plan in plans.items())
    if there > (call.seeds or question.seeds):
        command = command_of(call.name, there)
        plans = schedule_plans(question, seeds=there, command=command)
    asked = Calibration(
        name=question.name,
        question=question.question,
        expectation=question.expectation,
        source=question.source,
        schedules=tuple(plans),
        command=command,
    )
    lost = 0
    with locked(folder):
        write_calibration(folder, asked)
        for name, plan in plans.items():
            console.print(f"{name}:", markup=False)
            lost += _run(plan, call, console).lost
        report = write_report(folder)
    console.print(calibration_table(pd.read_csv(folder / "calibration.csv")))
    console.print(f"Report: {report}", markup=False, soft_wrap=True)
    return 1 if _print_failed([folder / name for name in plans], call, console) or lost else 0


def plan_for(question: Question, name: str, *, seeds: int, results: Path, until: str = "") -> Plan:
    """The plan of a study that was called by this name; 0 seeds are the study's own number.

    What is there counts: the plan has all seeds that `results` holds, and is stopped by the rule by which
    they were added.
    """
    folder = results / question.name
    plan = make_plan(question, seeds=seeds or question.seeds, command="")
    check_trainable(question, plan)
    known = _known(folder)
    width = read_points(until) if until else None
    if known and known.recipe_key == plan.recipe_key and not until:
        width = known.until
    there = seeds_there(store_of(folder), plan)
    asked = max(len(plan.seeds), there)
    typed = seeds or until or width or asked > question.seeds
    words = f" --until {100 * width:g}pt" if width else ""
    command = command_of(name, asked if typed else 0) + words
    return replace(plan, seeds=tuple(range(asked)), until=width, command=command)


def _known(folder: Path) -> Plan | None:
    """The plan of a folder; None where there is none, or a damaged one, which is written anew."""
    try:
        return read_plan(folder)
    except UserError:
        return None


def seeds_there(store: Store, plan: Plan) -> int:
    """One more than the highest seed that the plan's networks were trained with; 0 where none was.

    Only a record counts, not a file that is named as one, and only a seed that a study can have.
    """
    keys = {variant.key for variant in plan.variants}
    named = sorted(store.named(plan.recipe_key), key=lambda of: of[1], reverse=True)
    there = ((key, seed) for key, seed in named if seed < MOST_SEEDS and (not keys or key in keys))
    return next((seed + 1 for key, seed in there if store.find(key, plan.recipe_key, seed)), 0)


def command_of(name: str, seeds: int) -> str:
    """What to type to run a study again."""
    return f"python -m moat_lab.study {shlex.quote(name)}" + (f" --seeds {seeds}" if seeds else "")


def default_workers(device: str) -> int:
    """One training for each core, or one on each accelerator."""
    return len(devices_of(device)) if device != "cpu" else os.cpu_count() or 1


def workers_of(*, workers: int, per_device: int, device: str) -> int:
    """Trainings at a time, where 0 was not said.

    Raises:
        UserError: both were said, and they contradict each other.
    """
    if not per_device:
        return workers or default_workers(device)
    devices = len(devices_of(device))
    if workers not in (0, per_device * devices):
        raise UserError(
            f"--per-device {per_device} is {per_device * devices} trainings at a time on {devices} "
            f"device{'s' * (devices > 1)}; got --workers {workers}\n  one of the two is enough"
        )
    return per_device * devices


def _run(plan: Plan, call: Call, console: Console) -> Outcome:
    workers = workers_of(workers=call.workers, per_device=call.per_device, device=call.device)
    at_once = workers * len(plan.seeds) if call.together else workers
    progress = Progress(plan, workers=at_once, console=console)
    if plan.search and call.together:
        raise UserError("--together is for studies; a search asks for one seed after the other")
    run = run_search if plan.search else partial(run_study, together=call.together)
    return run(
        plan,
        call.results / plan.name,
        workers=workers,
        device=call.device,
        storage=call.storage or None,
        progress=progress,
        retry_failed=call.retry_failed,
    )


def _run_until(question: Question, call: Call, console: Console) -> tuple[Plan, Outcome]:
    if question.search:
        raise UserError("--until is for effects on a baseline; a search has none\n  --seeds adds seeds to it")

    def read() -> Reading:
        return read_results(call.results / question.name)

    calls = chain([call], repeat(replace(call, retry_failed=False)))  # what fails twice is not tried thrice

    def run(seeds: int) -> tuple[Plan, Outcome]:
        more = plan_for(question, call.name, seeds=seeds, results=call.results, until=call.until)
        return more, _run(more, next(calls), console)

    half_width = read_points(call.until)
    plan, outcome, why = run_until(
        half_width,
        seeds=call.seeds or question.seeds,
        budget_s=read_budget(call.budget),
        run=run,
        read=read,
    )
    console.print(ended(half_width, plan, read(), why), markup=False)
    return plan, outcome


def _print_found(plan: Plan, search: Search, folder: Path, console: Console) -> None:
    table = found(plan, read_results(folder))
    console.print(frontier_table(plan, table))
    if table["top1"].isna().all():
        return
    console.print("\nThe pick, the cheapest within one standard error of the best:")
    console.print(pick_text(table, search, {}), markup=False, soft_wrap=True)
