"""What a file of `samplers/` says of its sampler."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from moat_lab.records import Search
from moat_lab.search.candidates import Candidates


def _nothing(search: Search, candidates: Candidates) -> Mapping[str, Any]:
    return {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sampler:
    """A way to choose the networks of a search; a study's file calls it by the name of its own file.

    Args:
        path: `module:class` of an Optuna sampler, imported when it is needed. Its arguments that take a plain
            value are the options.
        method: the field's name of the method, and its source.
        several_objectives: whether it takes more than one objective.
        repeats: whether it may propose a point twice.
        seeded: whether it takes a `seed`; equal seeds then make equal proposals.
        takes_prior: whether it can start from scores by shared weights (`Candidates.inherited`).
        arguments: what else the class is made with, from the search and the points of its space.
    """

    path: str
    method: str
    several_objectives: bool = True
    repeats: bool = True
    seeded: bool = True
    takes_prior: bool = False
    arguments: Callable[[Search, Candidates], Mapping[str, Any]] = _nothing
