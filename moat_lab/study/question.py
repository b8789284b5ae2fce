"""A study's file: the question, the space that holds its answers, and how each network is trained."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from moat_lab.checked_yaml import load
from moat_lab.errors import UserError
from moat_lab.grammar import GrammarError, Network, Space, parse
from moat_lab.proxy import Recipe, load_recipe
from moat_lab.records import Search
from moat_lab.study.aims import search_of
from moat_lab.study.question_file import QuestionFile


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A checked study: everything in its file exists."""

    name: str
    question: str
    expectation: str
    source: str
    space: Space | Network
    baseline: Network
    recipe: Recipe
    seeds: int
    search: Search | None


def load_question(path: Path) -> Question:
    """The study in a YAML file.

    Raises:
        UserError: the file, its space, its baseline or its recipe is not right; with the place.
    """
    file = load(path, QuestionFile)
    space, recipe = _space(file, path), _recipe(file, path)
    try:
        search = search_of(file, space, recipe)
    except UserError as error:
        raise UserError(f"{path}: {error}") from None
    return Question(
        name=path.stem,
        question=file.question.strip(),
        expectation=file.expectation.strip(),
        source=file.source.strip(),
        space=space,
        baseline=_baseline(file, space, path),
        recipe=recipe,
        seeds=file.seeds,
        search=search,
    )


def _space(file: QuestionFile, path: Path) -> Space | Network:
    try:
        return parse(" ".join(file.space.split()))
    except GrammarError as error:
        raise UserError(f"{path}: space: {error}") from None


def _baseline(file: QuestionFile, space: Space | Network, path: Path) -> Network:
    if not file.baseline:
        return space[0]
    try:
        bound = space.bind(**file.baseline) if isinstance(space, Space) else space
    except UserError as error:
        raise UserError(f"{path}: baseline: {error}") from None
    if isinstance(bound, Space):
        missing = ", ".join(factor.name for factor in bound.factors)
        raise UserError(f"{path}: baseline: a level for every factor is needed; missing: {missing}")
    return bound


def _recipe(file: QuestionFile, path: Path) -> Recipe:
    recipe = path.parent / "recipes" / f"{file.recipe}.yaml"
    if not recipe.is_file():
        known = sorted(file.stem for file in recipe.parent.glob("*.yaml"))
        raise UserError(
            f"{path}: no recipe is named '{file.recipe}'\n  recipes: {', '.join(known) or 'none'}"
        )
    return load_recipe(recipe)
