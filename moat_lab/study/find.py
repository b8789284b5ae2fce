"""Where studies and recipes are found by name."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import moat_lab
from moat_lab.errors import UserError, did_you_mean

FOLDER, RECIPES = "studies", "recipes"
YAML = (".yaml", ".yml")


def checkout() -> Path:
    """The folder that holds the package."""
    return Path(moat_lab.__file__).parents[1]


def question_files() -> dict[str, Path]:
    """Name -> file of every study: those of the working folder first, then those of the checkout."""
    files: dict[str, Path] = {}
    for root in (checkout(), Path()):
        files |= {path.stem: path for path in sorted((root / FOLDER).glob("*.yaml"))}
    return dict(sorted(files.items()))


def recipe_files() -> dict[str, Path]:
    """Name -> file of every recipe of a study: those of the working folder first, then the checkout's."""
    files: dict[str, Path] = {}
    for root in (checkout(), Path()):
        files |= recipes_in(root / FOLDER)
    return dict(sorted(files.items()))


def recipes_in(folder: Path) -> dict[str, Path]:
    """Name -> file of the recipes beside the studies of a folder."""
    return {path.stem: path for path in sorted((folder / RECIPES).glob("*.yaml"))}


def find_recipe(name_or_path: str) -> Path:
    """The file of a recipe, by its name or its path.

    Raises:
        UserError: there is no such recipe.
    """
    if name_or_path.endswith(YAML):
        return Path(name_or_path)
    return recipe_named(name_or_path, recipe_files())


def recipe_named(name: str, files: Mapping[str, Path]) -> Path:
    """The file of the recipe among those.

    Raises:
        UserError: there is none of that name.
    """
    if name not in files:
        raise UserError(
            f"no recipe is named '{name}'\n  {did_you_mean(name, files)}recipes: {', '.join(files) or 'none'}"
        )
    return files[name]


def find_question(name_or_path: str) -> Path:
    """The file of a study, by its name or its path.

    Raises:
        UserError: there is no such study.
    """
    if name_or_path.endswith(YAML):
        return Path(name_or_path)
    files = question_files()
    if name_or_path not in files:
        raise UserError(
            f"no study is named '{name_or_path}'\n  {did_you_mean(name_or_path, files)}"
            f"studies: {', '.join(files) or 'none'}; or give the path of a .yaml file"
        )
    return files[name_or_path]
