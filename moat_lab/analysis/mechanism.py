"""Manipulation checks: each variant against its twin, the same network with the mechanism in question frozen.

A comparison of variants says something about a mechanism only where the mechanism does something. Whether it
does is seen by freezing it: a twin that reaches the same is trained without it.
"""

import math
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

import pandas as pd

from moat_lab.analysis.hypothesis_tests import equivalence_p, verdict
from moat_lab.analysis.intervals import Interval, mean_interval, paired_differences, rounding_sd
from moat_lab.analysis.trainings import scores_by_network, trained_for
from moat_lab.records import Plan, Trained

NOT_TESTABLE = "not testable"
Use = Literal["in use", "harmful", "not needed", "not shown", "too few seeds"]
_USES: Mapping[str, Use] = {
    "better": "in use",
    "worse": "harmful",
    "equivalent": "not needed",
    "not distinguishable": "not shown",
    "too few seeds": "too few seeds",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class MechanismCheck:
    """A variant against its twin.

    Attributes:
        variant: key; `twin` is that of the network with the mechanism frozen.
        effect: variant minus twin on the seeds that both have, with the 95 % interval of this effect alone.
        use: `in use` where the interval lies above zero, `harmful` where it lies below, `not needed` where
            the 90 % interval lies within the margin, `not shown` where the interval holds zero.
    """

    variant: str
    twin: str
    effect: Interval
    use: Use

    @property
    def matters(self) -> bool:
        """Whether the mechanism changes the score."""
        return self.use in ("in use", "harmful")


def mechanism_checks(plan: Plan, evaluations: Iterable[Trained]) -> tuple[MechanismCheck, ...]:
    """The check of each variant that has a twin, in the plan's order; each stands alone, in no family."""
    scores = scores_by_network(trained_for(plan, evaluations))
    return tuple(
        _check(plan, variant.key, plan.twins[variant.key].key, scores)
        for variant in plan.variants
        if variant.key in plan.twins
    )


def _check(plan: Plan, variant: str, twin: str, scores: Mapping[str, Mapping[int, float]]) -> MechanismCheck:
    differences = paired_differences(scores.get(variant, {}), scores.get(twin, {}))
    least_sd = rounding_sd(plan.step, 2)
    effect = mean_interval(differences, least_sd=least_sd)
    beyond = None
    if plan.margin is not None and len(differences) > 1:
        beyond = equivalence_p(differences, margin=plan.margin, least_sd=least_sd)
    return MechanismCheck(
        variant=variant, twin=twin, effect=effect, use=_USES[verdict(effect, equivalence_p=beyond)]
    )


def is_testable(checks: Iterable[MechanismCheck], variants: Collection[str]) -> bool:
    """Whether a comparison of these variants can show what the mechanism does.

    Not where some of them have a twin, and the mechanism matters in none of these.
    """
    concerned = [check.matters for check in checks if check.variant in variants]
    return not concerned or any(concerned)


def with_testable_verdicts(
    table: pd.DataFrame, plan: Plan, checks: Collection[MechanismCheck]
) -> pd.DataFrame:
    """The table of `analysis.summary`, `not testable` in place of verdicts that the checks do not carry."""
    baselines, cells = plan.baselines, {v.key: plan.cell_of(v) for v in plan.variants}
    for index, key, low in zip(table.index, table["key"], table["effect_low"], strict=True):
        if not math.isnan(low) and not is_testable(checks, (key, baselines[cells[key]].key)):
            table.loc[index, "verdict"] = NOT_TESTABLE
    return table
