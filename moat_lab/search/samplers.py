"""Who chooses: Optuna's samplers and ours, each by its name and with its options."""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from moat_lab.errors import UserError, did_you_mean
from moat_lab.records.search import CLOSED_FORM, Search
from moat_lab.search.candidates import Candidates, costs_of

if TYPE_CHECKING:
    from optuna.samplers import BaseSampler


SAMPLERS = {
    "evolution": "ours",
    "random": "RandomSampler",
    "brute_force": "BruteForceSampler",
    "qmc": "QMCSampler",
    "tpe": "TPESampler",
    "nsga2": "NSGAIISampler",
    "nsga3": "NSGAIIISampler",
    "gp": "GPSampler",
}
"""Name in a study's file -> Optuna's class."""
_PLAIN = (bool, int, float, str)


def check_sampler(spec: Mapping[str, Any]) -> None:
    """Raises UserError where the name or an option is not known, or an option's value is no plain one."""
    name = spec.get("name", "")
    if name not in SAMPLERS:
        raise UserError(
            f"sampler: there is none named '{name}'\n  {did_you_mean(str(name), SAMPLERS)}"
            f"samplers: {', '.join(SAMPLERS)}"
        )
    known = options_of(name)
    for option, value in spec.items():
        if option in ("name", "seed"):
            continue
        if option not in known:
            raise UserError(
                f"sampler: {name} has no option '{option}'\n  {did_you_mean(option, known)}"
                f"options: {', '.join(known) or 'none'}"
            )
        if not isinstance(value, _PLAIN):
            raise UserError(f"sampler: {option} is a number, a word or true/false; got {value!r}")
    try:
        _made(spec)
    except (ValueError, TypeError) as error:
        raise UserError(f"sampler: {name}: {error}") from None


def make_sampler(search: Search, candidates: Candidates) -> BaseSampler:
    """The sampler of a checked search, seeded; ours also knows the limits and the exact costs."""
    if search.sampler["name"] != "evolution":
        return _made(search.sampler)
    known = [(i, name) for i, name in enumerate(search.objectives) if name in CLOSED_FORM]

    def exact(params: Mapping[str, Any]) -> dict[int, float]:
        costs = costs_of(candidates.variant(candidates.digits(params)))
        return {i: costs[name] for i, name in known}

    return _made(
        search.sampler,
        space=candidates.distributions(),
        exact=exact,
        allowed=lambda params: not candidates.excess(candidates.digits(params)),
    )


def options_of(name: str) -> tuple[str, ...]:
    """The options that take a plain value."""
    parameters = inspect.signature(_class(name)).parameters.values()
    return tuple(
        p.name
        for p in parameters
        if p.name not in ("self", "seed")
        and any(kind in str(p.annotation) for kind in ("bool", "int", "float", "str"))
        and not any(kind in str(p.annotation) for kind in ("Callable", "Sampler", "Mapping", "ndarray"))
    )


def _made(spec: Mapping[str, Any], **known: Any) -> BaseSampler:
    sampler = _class(spec["name"])
    options = {name: value for name, value in spec.items() if name != "name"}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that a sampler is experimental is its user's choice
        return sampler(**options, **known)  # type: ignore[no-any-return]


def _class(name: str) -> Any:
    if name == "evolution":
        from moat_lab.search.evolution import EvolutionSampler

        return EvolutionSampler
    from optuna import samplers

    return getattr(samplers, SAMPLERS[name])
