"""A checked study: its question, the space whose networks answer it, and how each is trained."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path

from moat_lab.blocks.options import value_text
from moat_lab.checked_yaml import load, located_errors
from moat_lab.engines import check_engine
from moat_lab.errors import UserError, did_you_mean
from moat_lab.grammar import GrammarError, Network, Space, parse
from moat_lab.grammar.designs import design
from moat_lab.lookup import RECIPE, find_file
from moat_lab.records import Search, SourcedClaim
from moat_lab.records.plan import FIRST_TUNING_SEED, Tuning
from moat_lab.report.units import read_points
from moat_lab.study.claim import parse_claims
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
    claims: Mapping[str, SourcedClaim]
    cells: tuple[str, ...]
    planned_looks: tuple[int, ...]
    success: float | None
    tune: Tuning | None
    """The rates to try and the seeds to try them with, before they were."""
    manipulation_check: bool
    outlier: Mapping[str, str]
    """Factor -> level, of a calibration."""


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
        claims=parse_claims(file.claims),
        cells=_cells(file, space),
        planned_looks=_looks(file),
        success=file.outcome.success if file.outcome else None,
        tune=_tune(file),
        manipulation_check=_manipulation_check(file),
        outlier=_outlier(file, space),
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


def _cells(file: StudyFile, space: Space | Network) -> tuple[str, ...]:
    names = [factor.name for factor in space.factors] if isinstance(space, Space) else []
    for name in file.cells:
        if name not in names:
            raise UserError(
                f"cells: there is no factor '{name}'\n  {did_you_mean(name, names)}"
                f"factors: {', '.join(names) or 'none'}"
            )
    if file.outcome and not isinstance(file.design, str):
        raise UserError(
            "outcome: a fraction is fitted to scores; take a design that is full, one_out or one_in"
        )
    if file.cells and file.outcome:
        raise UserError(
            "outcome: it is compared without cells, or leave it out, and means are compared in each"
        )
    if file.cells and (file.sampler is not None or not isinstance(file.design, str)):
        raise UserError("cells: they are for a design that is full, one_out or one_in, without a sampler")
    if file.cells and len({*file.cells}) == len(names):
        raise UserError(f"cells: a factor to compare is needed beside them; got {', '.join(names)}")
    return tuple(dict.fromkeys(file.cells))


def _tune(file: StudyFile) -> Tuning | None:
    if file.tune is None:
        return None
    if file.sampler is not None or file.schedules:
        raise UserError("tune: it is for a study that compares networks with a baseline")
    rates = tuple(file.tune.learning_rate)
    if len({*rates}) < len(rates):
        raise UserError(f"tune: each rate once; got {', '.join(f'{rate:g}' for rate in rates)}")
    return Tuning(rates=rates, seeds=tuple(range(FIRST_TUNING_SEED, FIRST_TUNING_SEED + file.tune.seeds)))


def _looks(file: StudyFile) -> tuple[int, ...]:
    if file.looks != sorted({*file.looks}):
        raise UserError(f"looks: numbers of seeds rise; got {', '.join(map(str, file.looks))}")
    if file.looks and (file.sampler is not None or file.schedules):
        raise UserError("looks: they are for a study that compares networks with a baseline")
    return tuple(file.looks)


def _margin(text: str) -> float | None:
    try:
        return read_points(text) if text else None
    except UserError as error:
        raise UserError(f"margin: {error}") from None


def _manipulation_check(file: StudyFile) -> bool:
    if file.manipulation_check and file.sampler is not None:
        raise UserError("manipulation_check: a study of variants is needed; a search has none")
    return file.manipulation_check


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
    chosen = _in_every_cell(file, space, _chosen(file, space, baseline))
    return tuple(SpacePoint(levels=space.levels_at(digits), network=space.at(digits)) for digits in chosen)


def _chosen(file: StudyFile, space: Space, baseline: tuple[int, ...]) -> list[tuple[int, ...]]:
    if isinstance(file.design, str):
        return design(space, baseline, file.design)
    return design(space, baseline, "fractional", word=file.design.fractional)


def _in_every_cell(file: StudyFile, space: Space, chosen: list[tuple[int, ...]]) -> list[tuple[int, ...]]:
    """What a design changes beside the cells, in each cell: cell by cell."""
    if not file.cells:
        return chosen
    of_cells = [i for i, factor in enumerate(space.factors) if factor.name in file.cells]
    kept = [i for i in range(len(space.factors)) if i not in of_cells]
    treatments = list(dict.fromkeys(tuple(point[i] for i in kept) for point in chosen))
    cells = product(*(range(len(space.factors[i].levels)) for i in of_cells))
    placed = [dict(zip(of_cells, cell, strict=True)) for cell in cells]
    pairs = ((cell, dict(zip(kept, treatment, strict=True))) for cell in placed for treatment in treatments)
    return [tuple(digit for _, digit in sorted((cell | treatment).items())) for cell, treatment in pairs]


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


def _outlier(file: StudyFile, space: Space | Network) -> Mapping[str, str]:
    if file.outlier and not file.schedules:
        raise UserError("outlier: is for a calibration, which has schedules")
    try:
        space.bind(**file.outlier)
    except UserError as error:
        raise UserError(f"outlier: {error}") from None
    return {name: value_text(level) for name, level in file.outlier.items()}


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
