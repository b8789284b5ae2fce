"""Where studies, recipes, results and recorded tables are found, by name or by path."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from moat_lab.errors import UserError, did_you_mean

_PACKAGE = Path(__file__).parent
_YAML = (".yaml", ".yml")


@dataclass(frozen=True, slots=True, kw_only=True)
class LookupKind:
    """What can be named.

    Args:
        places: files below a root; `*` is the name.
        file: the file in a folder that a path leads to; empty where the path is that of the file itself.
    """

    word: str
    plural: str
    places: tuple[str, ...]
    file: str = ""

    def is_path(self, text: str) -> bool:
        """Whether the text can only be a path."""
        return bool({"/", os.sep} & set(text)) or (not self.file and text.endswith(_YAML))

    def files(self, root: Path, text: str) -> Iterator[Path]:
        """Where the text may lead below the root."""
        if not self.is_path(text):
            yield from (root / place.replace("*", text) for place in self.places)
        if self.is_path(text) or self.file:
            yield root / text / self.file

    def name_of(self, file: Path) -> str:
        """The name of a file that was found."""
        return file.parent.name if self.file else file.stem


STUDY = LookupKind(word="study", plural="studies", places=("studies/*.yaml", "studies/*.yml"))
RECIPE = LookupKind(
    word="recipe",
    plural="recipes",
    places=tuple(
        f"{folder}/*{ending}" for folder in ("recipes", "studies/recipes") for ending in (".yaml", ".yml")
    ),
)
TABLE = LookupKind(word="recorded table", plural="tables", places=("results/*/table.csv",), file="table.csv")
RESULTS = LookupKind(
    word="results folder",
    plural="results",
    places=("runs/*/plan.json", "results/*/plan.json"),
    file="plan.json",
)


def shipped() -> Path:
    """The folder with `studies`, `results` and `dashboards`: the checkout's, or the installed package's."""
    installed = _PACKAGE / "shipped"
    return installed if installed.is_dir() else _PACKAGE.parent


def find_file(kind: LookupKind, name_or_path: str | Path, *, beside: Path | None = None) -> Path:
    """The file of this name or path: in the folder `beside`, else in the working folder, else in the package.

    Raises:
        UserError: there is none; with the nearest name.
    """
    text = _expanded(name_or_path)
    for root in _roots(beside):
        for file in kind.files(root, text):
            if os.path.isfile(file):  # Path.is_file raises where a name is too long
                return file
    known = files_by_name(kind, beside=beside)
    listed = f"{kind.plural}: {', '.join(known) or 'none'}"
    if kind.is_path(text):
        raise UserError(f"{text}: cannot be read: no {kind.word} is there\n  {listed}")
    raise UserError(
        f"no {kind.word} is named '{text}'\n  {did_you_mean(text, known)}{listed}; or give a path"
    )


def files_by_name(kind: LookupKind, *, beside: Path | None = None) -> dict[str, Path]:
    """Name -> file of all of a kind, each as `find_file` finds it."""
    found: dict[str, Path] = {}
    for root in _roots(beside):
        for place in kind.places:
            for file in root.glob(place):
                found.setdefault(kind.name_of(file), file)
    return dict(sorted(found.items()))


def _expanded(name_or_path: str | Path) -> str:
    """The text with a home folder in place of `~` and `~user`, unless no user can have such a name."""
    try:
        return os.path.expanduser(name_or_path)
    except ValueError:
        return str(name_or_path)


def _roots(beside: Path | None) -> tuple[Path, ...]:
    return (*([beside] if beside else []), Path(), shipped())
