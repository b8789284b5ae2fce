"""Who chooses: Optuna's samplers and ours, each by its name and with its options."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

from moat_lab.metrics import CLOSED_FORM
from moat_lab.records.search import Search
from moat_lab.search.candidates import Candidates, Digits, costs_of
from moat_lab.search.class_registry import ClassRegistry

if TYPE_CHECKING:
    from optuna.samplers import BaseSampler

SAMPLERS = ClassRegistry(
    kind="sampler",
    paths={
        "evolution": "moat_lab.search.evolution:EvolutionSampler",
        "random": "optuna.samplers:RandomSampler",
        "brute_force": "optuna.samplers:BruteForceSampler",
        "qmc": "optuna.samplers:QMCSampler",
        "tpe": "optuna.samplers:TPESampler",
        "nsga2": "optuna.samplers:NSGAIISampler",
        "nsga3": "optuna.samplers:NSGAIIISampler",
        "gp": "optuna.samplers:GPSampler",
    },
    seeds=("seed",),
)


def make_sampler(search: Search, candidates: Candidates) -> BaseSampler:
    """The sampler of a checked search, seeded; ours also knows the limits, exact costs and reference."""
    if search.sampler["name"] != "evolution":
        return SAMPLERS.make(search.sampler)  # type: ignore[no-any-return]
    known = [(i, name) for i, name in enumerate(search.objectives) if name in CLOSED_FORM]

    @cache
    def digits(genes: frozenset[tuple[str, Any]]) -> Digits:
        return candidates.digits(dict(genes))

    def exact(params: Mapping[str, Any]) -> dict[int, float]:
        costs = costs_of(candidates.variant(digits(frozenset(params.items()))))
        return {i: costs[name] for i, name in known}

    return SAMPLERS.make(  # type: ignore[no-any-return]
        search.sampler,
        space=candidates.distributions(),
        exact=exact,
        allowed=lambda params: not candidates.excess(digits(frozenset(params.items()))),
        reference={i: search.reference[o] for i, o in enumerate(search.objectives) if o in search.reference},
    )
