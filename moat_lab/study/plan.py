"""A question as the list of networks to train, each once, with exact costs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from moat_lab.cost.matched import Match, nearest_match
from moat_lab.data import dataset
from moat_lab.records import Plan, Variant
from moat_lab.records.plan import TOLERANCE
from moat_lab.report.labels import levels
from moat_lab.report.units import cost_name
from moat_lab.study.pricing import price_of
from moat_lab.study.question import Point, Question


def make_plan(question: Question, *, seeds: int, command: str) -> Plan:
    """The plan; points of the space with the same text are one variant, named by the first.

    The plan of a search has no variants yet.
    """
    variants, unmatched = dict[str, Variant](), []
    for cost, point, match in _readings(question):
        if match is None or abs(match.excess) <= TOLERANCE:
            variant = _variant(question, point, cost, match)
            variants.setdefault(variant.key, variant)
        else:
            unmatched.append(_unmatched(point, cost, match))
    return Plan(
        name=question.name,
        question=question.question,
        expectation=question.expectation,
        source=question.source,
        baseline="" if question.search else question.baseline.key,
        recipe=question.recipe.content(),
        recipe_key=question.recipe.key,
        seeds=tuple(range(seeds)),
        command=command,
        variants=tuple(variants.values()),
        search=question.search,
        design=question.design,
        match=question.match,
        unmatched=tuple(unmatched),
        margin=question.margin,
        claims=question.claims,
    )


def schedule_plans(question: Question, *, seeds: int, command: str) -> dict[str, Plan]:
    """Schedule -> the plan that trains the question's networks by it, of a calibration."""
    return {
        name: replace(
            make_plan(replace(question, recipe=recipe), seeds=seeds, command=command),
            name=f"{question.name}/{name}",
        )
        for name, recipe in question.schedules.items()
    }


def _readings(question: Question) -> Iterator[tuple[str, Point, Match | None]]:
    """Each point as written, or as near as it comes to the baseline's cost; reading by reading."""
    of, source = question.recipe, dataset(question.recipe.data)
    baseline = price_of(of)(question.baseline)
    for cost in question.match:
        for point in question.points:
            if cost == "none" or point.network == question.baseline:
                yield cost, point, None
            else:
                yield (
                    cost,
                    point,
                    nearest_match(
                        point.network,
                        getattr(baseline, cost),
                        cost,
                        resolution=of.resolution,
                        num_classes=source.num_classes,
                        in_chans=source.in_chans,
                        tolerance=TOLERANCE,
                    ),
                )


def _variant(question: Question, point: Point, cost: str, match: Match | None) -> Variant:
    """A network that needed no scaling is as written."""
    network = match.network if match else point.network
    priced = price_of(question.recipe)(network)
    return replace(priced, factors=point.levels, matched="" if network == point.network else cost)


def _unmatched(point: Point, cost: str, match: Match) -> str:
    named = levels(point.levels, tuple(point.levels))
    return (
        f"`{named}` cannot have the baseline's {cost_name(cost)}: the nearest widths give "
        f"{100 * match.excess:+.1f} % (`{match.network}`)."
    )
