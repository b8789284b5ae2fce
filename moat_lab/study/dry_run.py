"""What the command line of a study shows without running it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from rich.console import Console

from moat_lab.analysis import averaged
from moat_lab.analysis.design_power import DesignPower, design_power
from moat_lab.device import default_workers
from moat_lab.grammar import parse, to_network
from moat_lab.lookup import STUDY, find_file
from moat_lab.metrics import CLOSED_FORM, LATENCY
from moat_lab.records import Plan, ResultsFolder, Search, Variant
from moat_lab.records.runs_below import recorded_scores
from moat_lab.report.names import names_with_twins
from moat_lab.report.planned_power import design_sentences
from moat_lab.report.provenance import unread_text
from moat_lab.report.units import count, duration, si
from moat_lab.search.candidates import candidates_of
from moat_lab.study.cli import plan_for
from moat_lab.study.estimate import ROOTS, local_evaluations, pace, study_s
from moat_lab.study.fitted_table import study_console
from moat_lab.study.study_spec import StudySpec, data_lines, load_study, with_sizes
from moat_lab.study.tables import networks_table, spread_table
from moat_lab.train import Recipe


def print_networks(name: str, *, seeds: int, results: Path) -> None:
    """The dry run: prints what would be trained, and its exact cost."""
    console, spec = study_console(), with_sizes(load_study(find_file(STUDY, name)))
    folder = ResultsFolder(results / spec.name)
    plan = plan_for(spec, name, seeds=seeds, folder=folder)
    console.print(plan.question, style="bold", markup=False)
    for line in data_lines(spec):
        console.print(line, markup=False, soft_wrap=True)
    if text := unread_text(folder.read().damaged, folder.path):
        console.print(text, markup=False, soft_wrap=True)
    if plan.search:
        _print_space(plan, plan.search, console)
        return
    store, names = folder.evaluations, names_with_twins(plan)
    done = {
        v.key: sum(store.has(v.key, plan.recipe_key, s) for s in plan.seeds_of(v.key)) for v in plan.networks
    }
    console.print(networks_table(plan, done))
    if schedules := spec.schedules:
        console.print(f"Each by {len(schedules)} schedules: {', '.join(schedules)}.", markup=False)
    shown = [] if spec.schedules else design_sentences(plan, _power(plan, (results, *ROOTS)))
    for sentence in (*_tuning(spec, plan), *shown, _time(spec, plan)):
        console.print(sentence, markup=False, soft_wrap=True)
    for sentence in plan.unmatched:
        console.print(sentence, markup=False, soft_wrap=True)
    for variant in plan.networks:
        console.print(f"{names[variant.key]}:  {variant.network}", markup=False, soft_wrap=True)
        if spec.recipe.start:
            console.print(f"  {_inherited(variant, spec.recipe)}", markup=False, soft_wrap=True)


def _inherited(variant: Variant, recipe: Recipe) -> str:
    """What a network takes over of the weights that the recipe starts from."""
    from moat_lab.train.starting import inheritance_of, inheritance_sentence  # loads torch

    return inheritance_sentence(inheritance_of(to_network(variant.network), recipe), recipe)


def _power(plan: Plan, roots: Iterable[Path]) -> DesignPower | None:
    """What a study can show, by the trainings that are there by its recipe."""
    scores = recorded_scores(roots, plan.recipe_key)
    return design_power(plan, scores, comparisons=len(averaged(plan).variants) - 1)


def _tuning(spec: StudySpec, plan: Plan) -> list[str]:
    """What is trained before the comparison."""
    if spec.tune is None:
        return []
    rates, seeds = ", ".join(f"{rate:g}" for rate in spec.tune.rates), len(spec.tune.seeds)
    trainings = count(len(plan.variants) * len(spec.tune.rates) * seeds, "training")
    return [
        f"Before that each variant gets its own learning rate of {rates}, by {count(seeds, 'seed')} that the "
        f"comparison does not use: {trainings} more."
    ]


def _time(spec: StudySpec, plan: Plan) -> str:
    """How long all of its trainings take here, from those that were done."""
    here, workers = pace(local_evaluations(ROOTS)), default_workers("cpu")
    if here is None:
        return "How long it takes is not known: nothing has been trained here."
    macs = [int(variant.costs["macs"]) for variant in plan.networks]
    takes = duration(study_s(replace(spec, seeds=len(plan.seeds)), macs, here, workers=workers))
    return f"All of it takes about {takes} with {workers} trainings at a time, from trainings already done."


def _print_space(plan: Plan, search: Search, console: Console) -> None:
    """Prints what a search has to choose from, before anything is trained."""
    inputs = Recipe.model_validate(plan.recipe).inputs
    candidates = candidates_of(parse(search.space), search.limits, inputs)
    points = candidates.points()
    feasible = [digits for digits in points if not candidates.violation(digits)]
    drawn = "" if len(points) == candidates.space.size else f" (of {len(points):,} drawn with seed 0)"
    exact = {name: most for name, most in search.limits.items() if name in CLOSED_FORM}
    limits = ", ".join(f"{name} <= {si(most)}" for name, most in exact.items()) or "no limits"
    console.print(
        f"{candidates.space.size:,} points, {100 * len(feasible) / len(points):.1f} % within {limits}{drawn};"
        f" {search.sampler['name']} chooses at most {search.trials}, {count(len(plan.seeds), 'seed')} each."
    )
    if search.share:
        console.print(f"Before that, networks share one set of weights for {count(search.share, 'epoch')}.")
    if LATENCY in search.limits:
        most = search.limits[LATENCY]
        console.print(f"Beyond them are networks slower than {most:g} ms, measured before their training.")
    console.print(
        spread_table([candidates.variant(d) for d in points], [candidates.variant(d) for d in feasible])
    )
    console.print(search.space, markup=False, soft_wrap=True)
