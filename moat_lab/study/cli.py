"""A study run from the command line, with its results printed."""

from __future__ import annotations

import shlex
from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import chain, repeat
from pathlib import Path

import pandas as pd
from rich.console import Console

from moat_lab.analysis import averaged, averaged_summary, question_of
from moat_lab.analysis.search_tables import search_summary
from moat_lab.analysis.trainings import trained_for
from moat_lab.device import default_workers, devices_of
from moat_lab.engines import check_engine
from moat_lab.engines.engine import EngineOptions
from moat_lab.errors import UserError
from moat_lab.lookup import STUDY, find_file
from moat_lab.records import (
    RETRY_OPTION,
    Calibration,
    Damaged,
    Plan,
    ResultsFolder,
    Store,
    failure_reason,
)
from moat_lab.records.plan import MOST_SEEDS, Tuning
from moat_lab.records.runs_below import missing_runs, take_recorded
from moat_lab.report.ablation.answer import answer_sections
from moat_lab.report.ablation.sentences import number_tested, power_sentence
from moat_lab.report.provenance import unread_text
from moat_lab.report.search.pick import pick_text
from moat_lab.report.units import count, read_points
from moat_lab.report.write import write_report
from moat_lab.study.fitted_table import study_console
from moat_lab.study.half_width import half_width_sentence, parse_budget, run_to_half_width
from moat_lab.study.plan import check_trainable, make_plan, schedule_plans
from moat_lab.study.progress import StudyProgress
from moat_lab.study.run import StudyResult, run_study
from moat_lab.study.study_spec import StudySpec, data_lines, load_study, with_sizes
from moat_lab.study.tables import calibration_table, effects_table, frontier_table
from moat_lab.study.tuning import tuning_plans, with_tuned_rates

RUNS = Path("runs")
"""Where studies of this checkout go; `results/` holds those that are committed."""
INTERRUPTED = 130
"""What a shell gives for a process that Ctrl-C ended."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyOptions:
    """The options of `python -m moat_lab.study`; an empty text, and 0, are those left out."""

    name: str
    seeds: int
    target_half_width: str
    """Of `--target-half-width`."""
    budget: str
    engine: str
    workers: int
    per_device: int
    together: bool
    device: str
    results: Path
    storage: str
    retry_failed: bool = False
    address: str = ""
    slurm: str = ""
    shared: bool = False
    mixed: bool = False
    notify: str = ""

    @property
    def extras(self) -> str:
        """The options that a plan's command does not hold, as they have to be repeated."""
        values = {
            "--target-half-width": self.target_half_width,
            "--budget": self.budget,
            "--engine": self.engine,
            "--address": self.address,
            "--slurm": self.slurm,
            "--results": "" if self.results == RUNS else str(self.results),
            "--notify": self.notify,
        }
        options = "".join(f" {option} {shlex.quote(value)}" for option, value in values.items() if value)
        flags = {"--shared": self.shared, "--mixed": self.mixed, "--together": self.together}
        return options + "".join(f" {flag}" for flag, is_set in flags.items() if is_set)

    def for_engine(self, engine: str) -> EngineOptions:
        """Those that the engine reads.

        Raises:
            UserError: one is of another engine.
        """
        given = {"--address": self.address, "--shared": self.shared, "--mixed": self.mixed}
        for name, options in (("ray", given), ("slurm", {"--slurm": self.slurm})):
            if engine != name and (option := next((key for key, value in options.items() if value), None)):
                raise UserError(f"{option} is for --engine {name}; the engine is {engine}")
        return EngineOptions(
            per_device=self.per_device,
            address=self.address,
            slurm=self.slurm,
            shared=self.shared,
            mixed=self.mixed,
        )

    @property
    def retry_command(self) -> str:
        """The command that trains what failed again."""
        return f"{command_of(self.name, self.seeds)}{self.extras} {RETRY_OPTION}"


def run_and_print(options: StudyOptions) -> int:
    """Runs a study or calibration, prints its results, and gives the exit code."""
    console, spec = study_console(), with_sizes(load_study(find_file(STUDY, options.name)))
    if options.engine:
        check_engine(options.engine)
        spec = replace(spec, engine=options.engine)
    command, folder = command_of(options.name, options.seeds), ResultsFolder(options.results / spec.name)
    console.print(spec.question, style="bold", markup=False)
    for line in data_lines(spec):
        console.print(line, markup=False, soft_wrap=True)
    try:
        return (_calibrate if spec.schedules else _run_study)(spec, folder, options, console)
    except KeyboardInterrupt:
        console.print(f"Stopped. Every finished training is in {folder}; to go on:", markup=False)
        console.print(f"  {command}{options.extras}", markup=False, soft_wrap=True)
        return INTERRUPTED


def _run_study(spec: StudySpec, folder: ResultsFolder, options: StudyOptions, console: Console) -> int:
    if spec.tune:
        spec = _tuned(spec, spec.tune, folder, options, console)
    if options.target_half_width:
        plan, outcome = _run_to_half_width(spec, folder, options, console)
    else:
        plan = plan_for(spec, options.name, seeds=options.seeds, folder=folder)
        outcome = _run(plan, folder, spec.engine, options, console)
    if plan.search:
        _print_frontier(folder.read_plan(), folder, console)
    else:
        _print_effects(plan, folder, console)
    if text := unread_text(folder.read().damaged, folder.path):
        console.print(text, markup=False, soft_wrap=True)
    console.print(f"Report: {outcome.report}   Dashboard: moat-lab dashboard", markup=False, soft_wrap=True)
    return 1 if _print_failures([folder], options, console) else 0


def _tuned(
    spec: StudySpec, tune: Tuning, folder: ResultsFolder, options: StudyOptions, console: Console
) -> StudySpec:
    """The study by the recipe that holds each network's own rate, after the trainings that tell it."""
    plans = tuning_plans(spec, tune)
    for rate, plan in plans.items():
        if missing_runs(plan, folder):
            console.print(f"Tuning, learning rate {rate:g}:", markup=False)
            _run(plan, folder, spec.engine, options, console)
    return with_tuned_rates(spec, plans, folder.read().evaluations)


def _print_failures(folders: Iterable[ResultsFolder], options: StudyOptions, console: Console) -> bool:
    """Prints how many trainings failed, why the last did, and how to retry; gives whether all failed."""
    ended = [e for folder in folders for e in trained_for(folder.read_plan(), folder.read().evaluations)]
    failed = [e for e in ended if e.status == "failed"]
    if not failed:
        return False
    text = f"Failed, and in no mean: {count(len(failed), 'training')}"
    if every := len(failed) == len(ended):
        text = f"Every training failed ({len(ended)}), so nothing can be said"
    console.print(f"{text}. The last: {failure_reason(failed[-1].error)}", markup=False, soft_wrap=True)
    console.print(f"To train what failed again:\n  {options.retry_command}", markup=False, soft_wrap=True)
    return every


def _calibrate(spec: StudySpec, folder: ResultsFolder, options: StudyOptions, console: Console) -> int:
    """Runs a study by each of its schedules, and prints how well they agree."""
    if options.target_half_width:
        raise UserError("--target-half-width is for effects on a baseline; a calibration compares schedules")
    command = command_of(options.name, options.seeds)
    plans = schedule_plans(spec, seeds=options.seeds or spec.seeds, command=command)
    check_trainable(spec, next(iter(plans.values())))
    recorded = max(recorded_seeds(folder.schedule(name).evaluations, plan) for name, plan in plans.items())
    if recorded > (options.seeds or spec.seeds):
        command = command_of(options.name, recorded)
        plans = schedule_plans(spec, seeds=recorded, command=command)
    calibration = Calibration(
        name=spec.name,
        question=spec.question,
        expectation=spec.expectation,
        source=spec.source,
        schedules=tuple(plans),
        command=command,
        outlier=spec.outlier,
    )
    with folder.locked():
        folder.write_calibration(calibration)
        for name, plan in plans.items():
            console.print(f"{name}:", markup=False)
            _run(plan, folder.schedule(name), spec.engine, options, console)
        report = write_report(folder)
    console.print(calibration_table(pd.read_csv(folder.calibration_table_file)))
    console.print(f"Report: {report}", markup=False, soft_wrap=True)
    return 1 if _print_failures([folder.schedule(name) for name in plans], options, console) else 0


def plan_for(
    spec: StudySpec, name: str, *, seeds: int, folder: ResultsFolder, target_half_width: str = ""
) -> Plan:
    """The plan of a study that was called by this name; 0 seeds are the study's own number.

    It has all seeds that `folder` holds, keeps the target half-width by which they were added, and knows the
    looks that were taken at fewer.
    """
    plan = make_plan(spec, seeds=seeds or spec.seeds, command="")
    check_trainable(spec, plan)
    previous = folder.find_plan()
    width = read_points(target_half_width) if target_half_width else None
    if isinstance(previous, Plan) and previous.recipe_key == plan.recipe_key and not target_half_width:
        width = previous.target_half_width
    recorded = recorded_seeds(folder.evaluations, plan)
    total = max(len(plan.seeds), recorded)
    explicit = seeds or target_half_width or width or total > spec.seeds
    words = f" --target-half-width {100 * width:g}pt" if width else ""
    command = command_of(name, total if explicit else 0) + words
    return replace(
        plan,
        seeds=tuple(range(total)),
        target_half_width=width,
        command=command,
        earlier_looks=_earlier_looks(previous, plan, total, folder, width if target_half_width else None),
    )


def _earlier_looks(
    previous: Plan | Damaged, plan: Plan, total: int, folder: ResultsFolder, added_for: float | None
) -> tuple[int, ...]:
    """Numbers of seeds at which a report has said its verdicts, before more are added.

    Seeds that are added for a width are one look, at the end: the width decides, not the effect.
    """
    if not isinstance(previous, Plan) or previous.recipe_key != plan.recipe_key:
        return ()
    goes_on = added_for is not None and added_for == previous.target_half_width
    if total <= len(previous.seeds) or goes_on or not folder.report_file.exists():
        return previous.earlier_looks
    return (*previous.earlier_looks, len(previous.seeds))


def recorded_seeds(store: Store, plan: Plan) -> int:
    """One more than the highest seed that the plan's networks were trained with; 0 where none was.

    Files that hold no record do not count, and neither do seeds that no study can have.
    """
    cells = max(1, len(plan.baselines)) if plan.cells else 1
    keys = {variant.key for variant in plan.networks}
    by_seed = sorted(store.names(plan.recipe_key), key=lambda of: of[1], reverse=True)
    found_keys = (
        (key, seed) for key, seed in by_seed if seed < cells * MOST_SEEDS and (not keys or key in keys)
    )
    return next((seed // cells + 1 for key, seed in found_keys if store.find(key, plan.recipe_key, seed)), 0)


def command_of(name: str, seeds: int) -> str:
    """The command that runs a study again."""
    return f"python -m moat_lab.study {shlex.quote(name)}" + (f" --seeds {seeds}" if seeds else "")


def workers_of(*, workers: int, per_device: int, device: str) -> int:
    """Trainings at a time, where 0 stands for a default.

    Raises:
        UserError: both are given, and they contradict each other.
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


def _run(
    plan: Plan, folder: ResultsFolder, engine: str, options: StudyOptions, console: Console
) -> StudyResult:
    if not plan.search and (taken := take_recorded(plan, folder, options.results)):
        console.print(
            f"{count(taken, 'training')} by this recipe lie below {options.results} and are taken from there."
        )
    workers = options.workers
    if engine == "local":  # others count the slots of all their nodes
        workers = workers_of(workers=workers, per_device=options.per_device, device=options.device)
    at_once = workers * len(plan.seeds) if options.together else workers
    progress = StudyProgress(plan, workers=at_once, console=console)
    if plan.search and options.together:
        raise UserError("--together is for studies; a search asks for one seed after the other")
    return run_study(
        plan,
        folder,
        engine=engine,
        workers=workers,
        device=options.device,
        storage=options.storage or None,
        progress=progress,
        together=options.together,
        retry_failed=options.retry_failed,
        options=options.for_engine(engine),
    )


def _run_to_half_width(
    spec: StudySpec, folder: ResultsFolder, options: StudyOptions, console: Console
) -> tuple[Plan, StudyResult]:
    if spec.search:
        raise UserError(
            "--target-half-width is for effects on a baseline; a search has none\n  --seeds adds seeds to it"
        )

    if spec.cells or spec.success is not None:
        raise UserError(
            "--target-half-width is for means without cells; --seeds adds seeds here\n"
            "  --dry-run says how many it would take"
        )

    attempts = chain([options], repeat(replace(options, retry_failed=False)))  # what fails twice stays failed

    def run(seeds: int) -> tuple[Plan, StudyResult]:
        more = plan_for(
            spec, options.name, seeds=seeds, folder=folder, target_half_width=options.target_half_width
        )
        return more, _run(more, folder, spec.engine, next(attempts), console)

    target_half_width = read_points(options.target_half_width)
    plan, outcome, why = run_to_half_width(
        target_half_width,
        seeds=options.seeds or spec.seeds,
        budget_s=parse_budget(options.budget),
        run=run,
        read=folder.read,
    )
    console.print(half_width_sentence(target_half_width, plan, folder.read(), why), markup=False)
    return plan, outcome


def _print_effects(plan: Plan, folder: ResultsFolder, console: Console) -> None:
    """The table, what it answers, and how small an effect would have been shown."""
    of, summary = averaged(plan), averaged_summary(plan, folder.read().evaluations)
    console.print(effects_table(of, summary))
    shown = power_sentence(summary, of.margin, number_tested(summary), question_of(of).level)
    for sentence in (*answer_sections(of, summary), shown):
        if text := sentence.replace("**", "").replace("`", ""):
            console.print(f"\n{text}", markup=False)


def _print_frontier(plan: Plan, folder: ResultsFolder, console: Console) -> None:
    table = search_summary(plan, folder.read())
    console.print(frontier_table(plan, table))
    if table["score"].isna().all():
        return
    console.print("\nThe pick, the cheapest within one standard error of the best:")
    console.print(pick_text(table, plan, {}), markup=False, soft_wrap=True)
