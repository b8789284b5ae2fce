"""What a form of export can say of itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from moat_lab.export.subject import Subject


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One form in which a network leaves the lab.

    Args:
        about: one line for a list.
        suffix: of its file; empty where it is a folder.
        files: names of all that is in its folder.
        write: writes a subject to a path that does not exist, loads that again, and gives the largest
            difference between its outputs and the model's.
        foldable: whether it holds the computation itself, so that norms may be folded into convolutions, and
            sides are fixed or open; one that holds only weights has to fit the network, and runs at any size.
        is_backbone: whether it holds a network's maps or linear classifier, and no other head.
        opsets: versions of its operators to choose from.
        needs: packages that are not part of every installation.
        extra: the package's extra that installs them.
    """

    about: str
    suffix: str
    write: Callable[[Subject, Path], float]
    files: tuple[str, ...] = ()
    foldable: bool = False
    is_backbone: bool = False
    opsets: range = range(0)
    needs: tuple[str, ...] = ()
    extra: str = ""

    @property
    def missing(self) -> list[str]:
        """Packages that would have to be installed first."""
        return [name for name in self.needs if find_spec(name) is None]
