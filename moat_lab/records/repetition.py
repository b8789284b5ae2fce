"""A training that was recorded, beside the same training again."""

from __future__ import annotations

import math

from moat_lab.records.evaluation import Evaluation, failure_reason

_LISTED = 3
"""Differences that are spelled out."""


def differences(recorded: Evaluation, repeated: Evaluation) -> list[str]:
    """A line for each of the first values that are not the same to the last bit; nothing where all are.

    Times and environments are not compared, and of scores and costs those that were recorded: later versions
    may add some.
    """
    if repeated.status != recorded.status:
        reason = f" ({failure_reason(repeated.error)})" if repeated.error else ""
        return [f"status: {recorded.status} recorded, {repeated.status} now{reason}"]
    before, now = _values(recorded), _values(repeated)
    changed = [name for name, value in before.items() if not _is_same(value, now.get(name))]
    lines = [f"{name}: {before[name]} recorded, {now.get(name)} now" for name in changed[:_LISTED]]
    more = len(changed) - _LISTED
    return lines + ([f"and {more} more {'value' if more == 1 else 'values'}"] if more > 0 else [])


def _values(e: Evaluation) -> dict[str, object]:
    """What depends on network, recipe and seed alone, by name."""
    named = {"scores": e.scores, "test_scores": e.test_scores, "costs": e.costs}
    return {
        "recipe_key": e.recipe_key,
        **{f"{kind}, {name}": value for kind, values in named.items() for name, value in values.items()},
        "final_loss": e.final_loss,
        "epochs of the curve": [point.epoch for point in e.curve],
        **{
            f"epoch {point.epoch}, {name}": getattr(point, name)
            for point in e.curve
            for name in ("train_loss", "val_loss", "score", "learning_rate")
        },
    }


def _is_same(before: object, now: object) -> bool:
    both_nan = isinstance(before, float) and isinstance(now, float) and math.isnan(before) and math.isnan(now)
    return both_nan or before == now
