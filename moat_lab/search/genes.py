"""Genes of a network as Optuna's parameters: drawn, moved to a neighbour, told apart."""

from __future__ import annotations

from typing import Any

import numpy as np
from optuna.distributions import BaseDistribution, CategoricalDistribution, FloatDistribution, IntDistribution

Params = dict[str, Any]
Genes = frozenset[tuple[str, Any]]


def neighbour(value: Any, distribution: BaseDistribution, rng: np.random.Generator) -> Any:
    """A value one step away; of a continuous range, a tenth of it on average."""
    if isinstance(distribution, CategoricalDistribution):
        here = distribution.choices.index(value)
        others = [i for i in range(len(distribution.choices)) if i != here]
        return distribution.choices[others[int(rng.integers(len(others)))]]
    assert isinstance(distribution, IntDistribution | FloatDistribution)
    if isinstance(distribution, IntDistribution) and not distribution.log:
        steps = (-distribution.step, distribution.step)
        inside = [value + s for s in steps if distribution.low <= value + s <= distribution.high]
        return int(inside[int(rng.integers(len(inside)))])
    position = _position(value, distribution) + rng.normal(scale=0.1)
    return _at(min(1.0, max(0.0, position)), distribution)


def drawn(distribution: BaseDistribution, rng: np.random.Generator) -> Any:
    """Any value, each as likely."""
    if isinstance(distribution, CategoricalDistribution):
        return distribution.choices[int(rng.integers(len(distribution.choices)))]
    assert isinstance(distribution, IntDistribution | FloatDistribution)
    if isinstance(distribution, IntDistribution) and not distribution.log:
        steps = (distribution.high - distribution.low) // distribution.step
        return int(distribution.low + distribution.step * rng.integers(steps + 1))
    return _at(rng.random(), distribution)


def _position(value: float, distribution: IntDistribution | FloatDistribution) -> float:
    low, high, here = (
        np.log(x) if distribution.log else x for x in (distribution.low, distribution.high, value)
    )
    return float((here - low) / (high - low)) if high > low else 0.0


def _at(position: float, distribution: IntDistribution | FloatDistribution) -> Any:
    """The value at a position from 0 to 1 of a range."""
    low, high = distribution.low, distribution.high
    value = float(low * (high / low) ** position if distribution.log else low + (high - low) * position)
    if distribution.step is not None and not distribution.log:
        value = low + distribution.step * round((value - low) / distribution.step)
    value = min(max(value, low), high)
    return round(value) if isinstance(distribution, IntDistribution) else float(value)


def frozen(params: Params) -> Genes:
    """What equal sets of parameters share, whatever their order."""
    return frozenset(params.items())
