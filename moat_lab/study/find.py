"""Where studies are found by name."""

from __future__ import annotations

from pathlib import Path

import moat_lab
from moat_lab.errors import UserError, did_you_mean

FOLDER = "studies"


def checkout() -> Path:
    """The folder that holds the package."""
    return Path(moat_lab.__file__).parents[1]


def question_files() -> dict[str, Path]:
    """Name -> file of every study: those of the working folder first, then those of the checkout."""
    files: dict[str, Path] = {}
    for root in (checkout(), Path()):
        files |= {path.stem: path for path in sorted((root / FOLDER).glob("*.yaml"))}
    return dict(sorted(files.items()))


def find_question(name_or_path: str) -> Path:
    """The file of a study, by its name or its path.

    Raises:
        UserError: there is no such study.
    """
    if name_or_path.endswith((".yaml", ".yml")):
        return Path(name_or_path)
    files = question_files()
    if name_or_path not in files:
        raise UserError(
            f"no study is named '{name_or_path}'\n  {did_you_mean(name_or_path, files)}"
            f"studies: {', '.join(files) or 'none'}; or give the path of a .yaml file"
        )
    return files[name_or_path]
