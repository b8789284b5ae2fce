"""What the command line of a study does."""

from __future__ import annotations

import os
import shlex
from pathlib import Path

import pandas as pd
from rich.console import Console

from moat_lab.analysis.found import found
from moat_lab.grammar import parse
from moat_lab.proxy import Recipe
from moat_lab.records import Plan, Search, read_plan, read_results, store_of
from moat_lab.records.search import CLOSED_FORM, LATENCY
from moat_lab.report.labels import labels
from moat_lab.report.search_markdown import pick_text
from moat_lab.report.units import si
from moat_lab.study.find import find_question, question_files
from moat_lab.study.plan import make_plan
from moat_lab.study.pricing import candidates_of
from moat_lab.study.progress import Progress
from moat_lab.study.question import load_question
from moat_lab.study.run import run_study
from moat_lab.study.search import run_search
from moat_lab.study.tables import answer_table, frontier_table, networks_table, spread_table, studies_table

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
    if plan.search:
        console.print(plan.question, style="bold", markup=False)
        show_space(plan, plan.search, console)
        return
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
        run = run_search if plan.search else run_study
        outcome = run(
            plan, folder, workers=at_once, device=device, storage=storage or None, progress=progress
        )
    except KeyboardInterrupt:
        console.print(f"Stopped. Every finished training is in {folder}; to go on:", markup=False)
        elsewhere = "" if results == RUNS else f" --results {shlex.quote(str(results))}"
        console.print(f"  {plan.command}{elsewhere}", markup=False, soft_wrap=True)
        return INTERRUPTED
    if plan.search:
        _print_found(read_plan(folder), plan.search, folder, console)
    else:
        console.print(answer_table(plan, pd.read_csv(folder / "summary.csv")))
    console.print(f"Report: {outcome.report}   Dashboard: make dashboard", markup=False, soft_wrap=True)
    return 1 if outcome.lost else 0


def show_space(plan: Plan, search: Search, console: Console) -> None:
    """Prints what a search has to choose from, before anything is trained."""
    candidates = candidates_of(parse(search.space), search.limits, Recipe.model_validate(plan.recipe))
    points = candidates.counted()
    feasible = [digits for digits in points if not candidates.excess(digits)]
    drawn = "" if len(points) == candidates.space.size else f" (of {len(points):,} drawn with seed 0)"
    exact = {name: most for name, most in search.limits.items() if name in CLOSED_FORM}
    limits = ", ".join(f"{name} <= {si(most)}" for name, most in exact.items()) or "no limits"
    console.print(
        f"{candidates.space.size:,} points, {100 * len(feasible) / len(points):.1f} % within {limits}{drawn};"
        f" {search.sampler['name']} chooses at most {search.trials}, {len(plan.seeds)} seeds each."
    )
    if LATENCY in search.limits:
        most = search.limits[LATENCY]
        console.print(f"Beyond them are networks slower than {most:g} ms, measured before their training.")
    console.print(
        spread_table([candidates.variant(d) for d in points], [candidates.variant(d) for d in feasible])
    )
    console.print(search.space, markup=False, soft_wrap=True)


def _print_found(plan: Plan, search: Search, folder: Path, console: Console) -> None:
    table = found(plan, read_results(folder))
    console.print(frontier_table(plan, table))
    if table["top1"].isna().all():
        return
    console.print("\nThe pick, the cheapest within one standard error of the best:")
    console.print(pick_text(table, search, {}), markup=False, soft_wrap=True)


def plan_of(name: str, *, seeds: int) -> Plan:
    """The plan of a named study; 0 seeds are the study's own number."""
    question = load_question(find_question(name))
    command = f"python -m moat_lab.study {shlex.quote(name)}" + (f" --seeds {seeds}" if seeds else "")
    return make_plan(question, seeds=seeds or question.seeds, command=command)


def default_workers(device: str) -> int:
    """One training for each core, or one on an accelerator."""
    return 1 if device != "cpu" else os.cpu_count() or 1
