"""The keys of a study's file that make it a search: parsed, and checked before anything is trained."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from moat_lab.errors import UserError, did_you_mean
from moat_lab.grammar import Network, Space, to_network
from moat_lab.metrics import CLOSED_FORM, COSTS, LATENCY
from moat_lab.records import Pruning, Rungs, Screen, Search
from moat_lab.search.candidates import Candidates, candidates_of, variant_at
from moat_lab.search.limits import amount, read_limits, violation
from moat_lab.search.optuna_study import PRUNER_CLASSES, SAMPLER_CLASSES
from moat_lab.search.samplers import SAMPLERS
from moat_lab.study.study_file import RungsFile, ScreenFile, StudyFile
from moat_lab.tasks import DEFAULT, TASKS
from moat_lab.train import SCORES, Recipe, check_validation_epoch, validation_epochs

SHARED_FACTOR = 8
"""Epochs of a training of shared weights, in those of the recipe, where nobody says how many."""
_SEARCH_KEYS = (
    "trials",
    "constraints",
    "reference",
    "start",
    "rungs",
    "pruner",
    "screen",
    "max_concurrent",
    "share",
)


def parse_search(file: StudyFile, space: Space | Network, recipe: Recipe) -> Search | None:
    """The search that a file asks for; None where it names no sampler: then all of the space are trained.

    Raises:
        UserError: an objective, limit, sampler, pruner, score or network to start with is not right, or no
            network of the space is within the limits.
    """
    if file.sampler is None:
        given = [key for key in _SEARCH_KEYS if getattr(file, key)]
        if given:
            raise UserError(f"{given[0]}: it is for a search, which needs a sampler, such as `sampler: ehvi`")
        return None
    if not isinstance(space, Space):
        raise UserError("space: a search needs a space, with `where`; got one network")
    if file.trials is None:
        raise UserError("trials: a search needs the number of networks to train at most")
    candidates = candidates_of(space, read_limits(file.constraints), recipe.inputs)
    candidates.feasible_point()
    objectives = _objectives(file.objectives, TASKS[recipe.task].score)
    return Search(
        space=str(space),
        objectives=objectives,
        limits=candidates.limits,
        reference=_reference(file.reference, objectives, candidates),
        sampler=_sampler(file.sampler, objectives),
        trials=file.trials,
        rungs=_rungs(file.rungs, recipe),
        pruning=_pruning(file, objectives, recipe),
        scores=file.scores,
        screen=_screen(file.screen),
        start=tuple(_start(text, candidates) for text in file.start),
        max_concurrent=file.max_concurrent,
        share=_share(file, recipe),
    )


def _share(file: StudyFile, recipe: Recipe) -> int:
    """Epochs of the shared training; 0 where none is asked for."""
    if file.share is False:
        return 0
    name = _with_name(file.sampler or "")["name"]
    if not SAMPLERS[name].takes_prior:
        taking = ", ".join(other for other, sampler in SAMPLERS.items() if sampler.takes_prior)
        raise UserError(f"share: a sampler that takes a prior is needed ({taking}); got {name}")
    if recipe.task != DEFAULT:
        raise UserError(f"share: a recipe for {DEFAULT} is needed; got one for {recipe.task}")
    return SHARED_FACTOR * recipe.epochs if file.share is True else file.share


def _with_name(given: str | Mapping[str, Any]) -> dict[str, Any]:
    """`tpe`, or `{name: tpe, OPTION: VALUE}`, as the latter."""
    return {"name": given} if isinstance(given, str) else {"name": "", **given}


def _sampler(given: str | Mapping[str, Any], objectives: tuple[str, ...]) -> dict[str, Any]:
    """Its name and options, with seed 0 where it takes one and none is given."""
    spec = _with_name(given)
    SAMPLER_CLASSES.check(spec)
    sampler = SAMPLERS[spec["name"]]
    if len(objectives) > 1 and not sampler.several_objectives:
        several = ", ".join(name for name, other in SAMPLERS.items() if other.several_objectives)
        raise UserError(
            f"sampler: {spec['name']} takes one objective; got {', '.join(objectives)}\n"
            f"  samplers for several: {several}"
        )
    return ({"seed": 0} if sampler.seeded else {}) | spec


def _objectives(given: list[str] | None, score: str) -> tuple[str, ...]:
    names = (score, *COSTS)
    given = [score, "macs"] if given is None else given
    for name in given:
        if name not in names:
            raise UserError(
                f"objectives: there is none named '{name}'\n  {did_you_mean(name, names)}"
                f"objectives: {', '.join(names)}"
            )
    if score not in given or len(set(given)) < len(given):
        raise UserError(f"objectives: {score} is needed, and each once; got {', '.join(given)}")
    return tuple(given)


def _reference(
    given: Mapping[str, str | float], objectives: tuple[str, ...], candidates: Candidates
) -> dict[str, float]:
    """What the file says; left out, a score of 0, and for a cost its limit or the most in the space.

    Nobody knows the highest latency of a space: it has to be said.
    """
    for name in given:
        if name not in objectives:
            raise UserError(
                f"reference: '{name}' is no objective\n  {did_you_mean(name, objectives)}"
                f"objectives: {', '.join(objectives)}"
            )
    amounts = {name: _amount(value) for name, value in given.items()}
    worst = {name: 0.0 for name in objectives if name not in COSTS} | dict(candidates.limits) | amounts
    if LATENCY in objectives and LATENCY not in worst:
        raise UserError(f"reference: {LATENCY} needs a value worse than all of interest, or a constraint")
    return {name: worst[name] if name in worst else _most(name, candidates) for name in objectives}


def _amount(given: str | float) -> float:
    try:
        return amount(given) if isinstance(given, str) else given
    except UserError as error:
        raise UserError(f"reference: {error}") from None


def _most(cost: str, candidates: Candidates) -> float:
    return max(float(candidates.variant(digits).costs[cost]) for digits in candidates.points())


def _rungs(file: RungsFile | None, recipe: Recipe) -> Rungs | None:
    if file is None:
        return None
    for epoch in file.epochs:
        check_validation_epoch(recipe, epoch)
    if file.epochs != sorted(set(file.epochs)) or file.epochs[-1] >= recipe.epochs:
        raise UserError(f"rungs: epochs rise, and stay below the recipe's {recipe.epochs}; got {file.epochs}")
    return Rungs(epochs=tuple(file.epochs), keep=file.keep)


def _pruning(file: StudyFile, objectives: tuple[str, ...], recipe: Recipe) -> Pruning | None:
    if file.pruner is None:
        return None
    if len(objectives) > 1:
        raise UserError(
            f"pruner: it compares one objective, the score; got {', '.join(objectives)}\n"
            "  `rungs` gives up trainings by several objectives"
        )
    if file.rungs:
        raise UserError("pruner: rungs give up trainings too; leave out one of the two")
    spec = _with_name(file.pruner)
    PRUNER_CLASSES.check(spec)
    return Pruning(epochs=tuple(sorted(validation_epochs(recipe) - {recipe.epochs})), pruner=spec)


def _screen(file: ScreenFile | None) -> Screen | None:
    if file is None:
        return None
    scores = (*SCORES, *CLOSED_FORM)
    if file.score not in scores:
        raise UserError(
            f"screen: there is no score '{file.score}'\n  {did_you_mean(file.score, scores)}"
            f"scores: {', '.join(scores)}"
        )
    return Screen(score=file.score, keep=file.keep)


def _start(text: str, candidates: Candidates) -> str:
    """The canonical text of a network to start with."""
    try:
        variant = variant_at(to_network(" ".join(text.split())), candidates.inputs)
    except UserError as error:
        raise UserError(f"start: {error}") from None
    if violation(variant.costs, candidates.limits):
        raise UserError(f"start: a network is beyond the constraints\n  {variant.network}")
    return variant.network
