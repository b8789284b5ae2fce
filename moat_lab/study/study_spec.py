"""A checked study: its question, the space whose networks answer it, and how each is trained."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from moat_lab.blocks.options import value_text
from moat_lab.checked_yaml import load, located_errors
from moat_lab.engines import check_engine
from moat_lab.errors import UserError
from moat_lab.grammar import GrammarError, Network, Space, parse
from moat_lab.grammar.designs import design
from moat_lab.lookup import RECIPE, find_file
from moat_lab.records import Search
from moat_lab.report.units import read_points
from moat_lab.study.search_spec import parse_search
from moat_lab.study.study_file import StudyFile
from moat_lab.train import Recipe, data_summary, load_recipe, resolved

MOST = 10_000
"""Points of a full design: more take longer to train than anyone waits, and minutes to cost."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SpacePoint:
    """A point of a space: the level of each factor as written, and the network."""

    levels: Mapping[str, str]
    network: Network


@dataclass(frozen=True, slots=True, kw_only=True)
class StudySpec:
    """A checked study: everything in its file exists."""

    name: str
    question: str
    expectation: str
    source: str
    space: Space | Network
    baseline: Network
    recipe: Recipe
    schedules: Mapping[str, Recipe]
    """Name -> recipe of a calibration, `recipe` first; empty where there is one recipe."""
    seeds: int
    engine: str
    search: Search | None
    points: tuple[SpacePoint, ...]
    """Those of the design."""
    design: str
    match: tuple[str, ...]
    margin: float | None
    claims: Mapping[str, str]


def load_study(path: Path) -> StudySpec:
    """The study in a YAML file.

    Raises:
        UserError: the file, its space, its baseline or its recipe is not right; with the place.
    """
    file = load(path, StudyFile)
    with located_errors(path):
        files = _recipe_files(file, path.parent)
    recipes = {of.stem: load_recipe(of) for of in dict.fromkeys(files)}
    with located_errors(path):
        return _spec(path.stem, file, recipes)


def _spec(name: str, file: StudyFile, recipes: Mapping[str, Recipe]) -> StudySpec:
    check_engine(file.engine)
    space, recipe = _space(file), next(iter(recipes.values()))
    baseline, search = _baseline(file, space), parse_search(file, space, recipe)
    return StudySpec(
        name=name,
        question=file.question.strip(),
        expectation=file.expectation.strip(),
        source=file.source.strip(),
        space=space,
        baseline=baseline,
        recipe=recipe,
        schedules=_schedules(file, recipes),
        seeds=file.seeds,
        engine=file.engine,
        search=search,
        points=() if search else _points(file, space),
        design=file.design if isinstance(file.design, str) else f"fractional {file.design.fractional}",
        match=_match(file),
        margin=_margin(file.margin),
        claims=file.claims,
    )


def with_sizes(spec: StudySpec) -> StudySpec:
    """The study with recipes that say how many images `all` is; its data have to be there for that.

    Raises:
        UserError: as `resolved`.
    """
    schedules = {name: resolved(recipe) for name, recipe in spec.schedules.items()}
    return replace(spec, recipe=resolved(spec.recipe), schedules=schedules)


def data_lines(spec: StudySpec) -> list[str]:
    """A line on the data of each recipe, without repetitions."""
    recipes = spec.schedules.values() or (spec.recipe,)
    return list(dict.fromkeys(data_summary(resolved(recipe)) for recipe in recipes))


def _space(file: StudyFile) -> Space | Network:
    try:
        return parse(" ".join(file.space.split()))
    except GrammarError as error:
        raise UserError(f"space: {error}") from None


def _baseline(file: StudyFile, space: Space | Network) -> Network:
    if not file.baseline:
        return space[0]
    try:
        bound = space.bind(**file.baseline) if isinstance(space, Space) else space
    except UserError as error:
        raise UserError(f"baseline: {error}") from None
    if isinstance(bound, Space):
        missing = ", ".join(factor.name for factor in bound.factors)
        raise UserError(f"baseline: a level for every factor is needed; missing: {missing}")
    return bound


def _margin(text: str) -> float | None:
    try:
        return read_points(text) if text else None
    except UserError as error:
        raise UserError(f"margin: {error}") from None


def _points(file: StudyFile, space: Space | Network) -> tuple[SpacePoint, ...]:
    """The points of the file's design; the baseline is one of them."""
    if isinstance(space, Network):
        return (SpacePoint(levels={}, network=space),)
    baseline = tuple(
        f.texts.index(value_text(file.baseline[f.name])) if file.baseline else 0 for f in space.factors
    )
    if file.design == "full" and space.size > MOST:
        raise UserError(
            f"design: full is {space.size:,} networks; without a sampler a study has at most {MOST:,}\n"
            "  take a part (design: one_out, or {fractional: 5} of two levels each), or a sampler: ehvi"
        )
    if isinstance(file.design, str):
        chosen = design(space, baseline, file.design)
    else:
        chosen = design(space, baseline, "fractional", word=file.design.fractional)
    return tuple(SpacePoint(levels=space.levels_at(digits), network=space.at(digits)) for digits in chosen)


def _match(file: StudyFile) -> tuple[str, ...]:
    match = (file.match,) if isinstance(file.match, str) else tuple(file.match)
    if not match or len(set(match)) < len(match):
        raise UserError(f"match: each reading once; got {', '.join(match) or 'none'}")
    return match


def _schedules(file: StudyFile, recipes: Mapping[str, Recipe]) -> Mapping[str, Recipe]:
    if not file.schedules:
        return {}
    if file.sampler is not None:
        raise UserError("schedules: a search trains by one recipe")
    longest, *others = recipes
    recipe = recipes[longest]
    for name in others:
        if recipes[name].data == recipe.data and _shown(recipes[name]) > _shown(recipe):
            raise UserError(
                f"recipe: a calibration needs its longest schedule, which the others are held "
                f"against; got '{longest}', and '{name}' shows more (epochs x images x pixels)\n"
                f"  write `recipe: {name}`, and '{longest}' among the schedules"
            )
    return recipes


def _shown(recipe: Recipe) -> float:
    """Pixels that a training sees; infinite with `train: all`, so that no two such are told apart."""
    images = math.inf if recipe.train == "all" else recipe.train
    return recipe.epochs * images * recipe.resolution**2


def _recipe_files(file: StudyFile, folder: Path) -> list[Path]:
    """The file of the recipe, then those of the other schedules."""
    files = [_recipe_file(name, folder) for name in (file.recipe, *file.schedules)]
    names = [found.stem for found in files]
    if len(set(names)) < len(set(files)):
        raise UserError(
            "schedules: recipes with different names are needed, for each has a folder of its own; "
            f"got {', '.join(names)}"
        )
    return files


def _recipe_file(name_or_path: str, folder: Path) -> Path:
    try:
        return find_file(RECIPE, name_or_path, beside=folder)
    except UserError as error:
        raise UserError(f"recipe: {error}") from None
