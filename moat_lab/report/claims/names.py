"""What claims may name: variants, two variants, or the interaction of two changes."""

from collections.abc import Iterable
from dataclasses import replace

from moat_lab.analysis import averaged, baseline_levels, design_points, interactions
from moat_lab.analysis.interaction import WITH, interaction_name
from moat_lab.records import Plan
from moat_lab.report.names import names_by_reading

OVER = " over "
"""`A over B` is about two variants."""


def changes_of(name: str) -> frozenset[str]:
    """Two changes, whichever stands first; one where no interaction is meant."""
    return frozenset(name.split(WITH))


def claims_without_variant(plan: Plan, claims: Iterable[str]) -> tuple[str, ...]:
    """The names among `claims` that the plan has nothing for.

    Claims may name variants other than the baseline, which is compared with nothing, and interactions
    whose four corners are among the points.
    """
    variants = {name for keys in names_by_reading(averaged(plan)).values() for name in keys}
    together = claimable_interactions(plan) if any(WITH in name for name in claims) else ()
    changes = {changes_of(name) for name in together}
    return tuple(
        name
        for name in claims
        if (changes_of(name) not in changes if WITH in name else not variants.issuperset(name.split(OVER, 1)))
    )


def claimable_interactions(plan: Plan) -> tuple[str, ...]:
    """What claims may call the interactions whose four corners are among the plan's points."""
    names: dict[str, None] = {}
    for untrained in design_points(plan, ()).values():
        there = [replace(point, scores={0: 0.0}) for point in untrained]
        for one in interactions(there, baseline_levels(plan), cells=plan.cells):
            names[interaction_name(one.changes)] = None
    return tuple(names)
