"""Expected hypervolume improvement, which knows the limits, exact costs and reference of its search."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import cache
from typing import Any

from moat_lab.metrics import CLOSED_FORM
from moat_lab.records import Search
from moat_lab.search.candidates import Candidates, Digits
from moat_lab.search.sampler import Sampler


def ehvi_arguments(search: Search, candidates: Candidates) -> Mapping[str, Any]:
    """What `EhviSampler` is made with beside its options."""
    exact_objectives = [(i, name) for i, name in enumerate(search.objectives) if name in CLOSED_FORM]

    @cache
    def digits(genes: frozenset[tuple[str, Any]]) -> Digits:
        return candidates.digits(dict(genes))

    def exact(params: Mapping[str, Any]) -> dict[int, float]:
        costs = candidates.variant(digits(frozenset(params.items()))).costs
        return {i: costs[name] for i, name in exact_objectives}

    def prior(params: Mapping[str, Any]) -> dict[int, float]:
        key = candidates.variant(digits(frozenset(params.items()))).key
        return {search.objectives.index(search.score): candidates.inherited.get(key, math.nan)}

    return {
        "prior": prior if candidates.inherited else None,
        "space": candidates.distributions(),
        "exact": exact,
        "allowed": lambda params: not candidates.violation(digits(frozenset(params.items()))),
        "reference": {i: search.reference[o] for i, o in enumerate(search.objectives)},
    }


SAMPLER = Sampler(
    path="moat_lab.search.ehvi_sampler:EhviSampler",
    method="Gaussian process, expected hypervolume improvement over exact costs (Emmerich et al. 2006)",
    repeats=False,
    takes_prior=True,
    arguments=ehvi_arguments,
)
