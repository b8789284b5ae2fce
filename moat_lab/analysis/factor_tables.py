"""Evaluations -> the interactions and main effects of a study's factors, one row each."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import permutations
from typing import Any

import pandas as pd

from moat_lab.analysis.comparison import Comparison
from moat_lab.analysis.fractional import fitted_effects, fitted_interactions
from moat_lab.analysis.interaction import WITH, DesignPoint, Interaction, interactions
from moat_lab.analysis.mechanism import NOT_TESTABLE, is_testable, mechanism_checks
from moat_lab.analysis.tables import own_last, question_of
from moat_lab.analysis.trainings import scores_of
from moat_lab.records import Plan, Trained

_EFFECT: dict[str, str] = {
    "seeds": "int64",
    "effect": "float64",
    "effect_low": "float64",
    "effect_high": "float64",
    "p": "float64",
    "p_adjusted": "float64",
    "sd": "float64",
    "verdict": "str",
}
_CHANGES = ("reading", "factor", "level", "other_factor", "other_level")
_INTERACTION: dict[str, str] = {**dict.fromkeys(_CHANGES, "str"), "settings": "int64", **_EFFECT}
_MAIN: dict[str, str] = {**dict.fromkeys(("reading", "factor", "level", "baseline_level"), "str"), **_EFFECT}


def interaction_table(plan: Plan, evaluations: Iterable[Trained]) -> pd.DataFrame:
    """One row for each pair of changes from the baseline whose interaction is seen, reading by reading.

    By four trained corners, in a fraction by a fit.

    Columns: reading, the two factors and the levels they change to, settings of the other factors that the
    effect is a mean over (0 in a fraction, where it is fitted to all points), seeds, effect beyond the sum of
    both with its 95 % interval (fractions), p, p_adjusted after Holm over the interactions of the reading,
    sd (of a difference of differences), and the verdict.
    """
    usual, evaluations = baseline_levels(plan), tuple(evaluations)
    found = {} if plan.success else design_points(plan, evaluations)  # whether it learned does not add up
    rows = [
        _interaction_row(reading, interaction)
        for reading, points in found.items()
        for interaction in _interactions(plan, points, usual)
    ]
    table = pd.DataFrame(rows, columns=list(_INTERACTION)).astype(_INTERACTION)
    checks = mechanism_checks(plan, evaluations)
    for index, row in zip(table.index, table.to_dict("records"), strict=True):
        if not is_testable(checks, _concerned(plan, row)):
            table.loc[index, "verdict"] = NOT_TESTABLE
    return table


def _concerned(plan: Plan, row: Mapping[Any, Any]) -> set[str]:
    """Keys of the variants with both changes, and of the baseline."""
    changes = {(row["factor"], row["level"]), (row["other_factor"], row["other_level"])}
    both = {v.key for v in plan.readings[row["reading"]] if changes <= v.factors.items()}
    return both | {plan.baseline}


def _interactions(plan: Plan, points: Sequence[DesignPoint], usual: Mapping[str, str]) -> list[Interaction]:
    question = replace(question_of(plan), effects=_effects_claimed(plan))
    if plan.is_fraction:
        return fitted_interactions(points, usual, question)
    return interactions(points, usual, question, cells=plan.cells)


def _effects_claimed(plan: Plan) -> dict[str, float]:
    """What sources report of interactions, by name, whichever change stands first."""
    claimed = {name: claim.effect for name, claim in plan.claims.items() if claim.effect}
    return {WITH.join(order): claimed[name] for name in claimed for order in permutations(name.split(WITH))}


def design_points(plan: Plan, evaluations: Iterable[Trained]) -> dict[str, tuple[DesignPoint, ...]]:
    """Reading -> its points with the scores of finished seeds, no two at the same levels.

    Where a network scaled to another cost happens to have this reading's too, its own comes first.
    """
    scores, points = scores_of(plan, evaluations), {}
    for reading, variants in plan.readings.items():
        keys = {frozenset(v.factors.items()): v.key for v in own_last(variants, reading)}
        points[reading] = tuple(
            DesignPoint(levels=v.factors, scores=scores[v.key]) for v in variants if v.key in keys.values()
        )
    return points


def baseline_levels(plan: Plan) -> Mapping[str, str]:
    """Factor -> level of the baseline; empty without variants."""
    return next((variant.factors for variant in plan.variants if variant.key == plan.baseline), {})


def _interaction_row(reading: str, interaction: Interaction) -> dict[str, Any]:
    (factor, level), (other_factor, other_level) = interaction.changes.items()
    return {
        "reading": reading,
        "factor": factor,
        "level": level,
        "other_factor": other_factor,
        "other_level": other_level,
        "settings": interaction.settings,
        **_effect(interaction.tested),
    }


def main_effects(plan: Plan, evaluations: Iterable[Trained]) -> pd.DataFrame:
    """One row for each factor of a fractional design, reading by reading; none for other designs.

    Columns: reading, factor, the level it changes to and that of the baseline, seeds, effect (the mean over
    the other factors' levels, paired by seed, a fraction) with its 95 % interval, p, p_adjusted after Holm
    over the factors of the reading, sd, verdict.
    """
    usual = baseline_levels(plan)
    rows = [
        _main_row(reading, factor, level, usual[factor], comparison)
        for reading, points in design_points(plan, evaluations).items()
        if plan.is_fraction
        for (factor, level), comparison in fitted_effects(points, usual, question_of(plan)).items()
        if comparison.effect.n
    ]
    return pd.DataFrame(rows, columns=list(_MAIN)).astype(_MAIN)


def _main_row(reading: str, factor: str, level: str, usual: str, comparison: Comparison) -> dict[str, Any]:
    return {
        "reading": reading,
        "factor": factor,
        "level": level,
        "baseline_level": usual,
        **_effect(comparison),
    }


def _effect(tested: Comparison) -> dict[str, Any]:
    return {
        "seeds": tested.effect.n,
        "effect": tested.effect.mean,
        "effect_low": tested.effect.low,
        "effect_high": tested.effect.high,
        "p": tested.p,
        "p_adjusted": tested.adjusted_p,
        "sd": tested.sd,
        "verdict": tested.verdict,
    }
