"""A study's file: the question, the space that holds its answers, and how each network is trained."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from annotated_types import Ge
from pydantic import BaseModel, ConfigDict

from moat_lab.checked_yaml import load
from moat_lab.errors import UserError
from moat_lab.grammar import GrammarError, Network, Space, parse
from moat_lab.proxy import Recipe, load_recipe


class QuestionFile(BaseModel):
    """What stands in a study's YAML."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    question: str
    expectation: str = ""
    """The answer that the paper, or whoever asks, expects."""
    source: str = ""
    space: str
    """A network with `where`; every factor is a column of the answer."""
    baseline: dict[str, str | int | float] = {}
    """Factor -> level that the others are compared with; left out, the first point of the space."""
    recipe: str
    """A file in `recipes/` beside the study, without `.yaml`."""
    seeds: Annotated[int, Ge(1)] = 5


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


def load_question(path: Path) -> Question:
    """The study in a YAML file.

    Raises:
        UserError: the file, its space, its baseline or its recipe is not right; with the place.
    """
    file = load(path, QuestionFile)
    space = _space(file, path)
    return Question(
        name=path.stem,
        question=file.question.strip(),
        expectation=file.expectation.strip(),
        source=file.source.strip(),
        space=space,
        baseline=_baseline(file, space, path),
        recipe=_recipe(file, path),
        seeds=file.seeds,
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
