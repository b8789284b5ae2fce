"""A question as the list of networks to train, each once, with exact costs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from moat_lab.cost.matched import Match, nearest_match
from moat_lab.data import dataset
from moat_lab.errors import UserError, did_you_mean
from moat_lab.records import Plan, Variant
from moat_lab.records.plan import TOLERANCE
from moat_lab.report.expected import claims_without_variant
from moat_lab.report.labels import labels, levels
from moat_lab.report.units import cost_name
from moat_lab.study.pricing import price_of
from moat_lab.study.question import Point, Question


def make_plan(question: Question, *, seeds: int, command: str) -> Plan:
    """The plan; points of the space with the same text are one variant, named by the first.

    The plan of a search has no variants yet.

    Raises:
        UserError: a claim names no variant.
    """
    variants, unmatched = dict[str, Variant](), []
    for cost, point, match in _readings(question):
        if match and abs(match.excess) > TOLERANCE:
            unmatched.append(_unmatched(point, cost, match))
            continue
        variant = _variant(question, point, cost, match)
        known = variants.setdefault(variant.key, variant)
        if variant.matched and known.factors != variant.factors:
            unmatched.append(_another(point, cost, known))
    return _with_checked_claims(_plan(question, variants.values(), unmatched, seeds, command))


def _plan(
    question: Question, variants: Iterable[Variant], unmatched: Iterable[str], seeds: int, command: str
) -> Plan:
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
        variants=tuple(variants),
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


def _with_checked_claims(plan: Plan) -> Plan:
    """The plan. Where points are as written, a claim names one of them."""
    lost = claims_without_variant(plan, plan.claims) if "none" in plan.match and not plan.search else ()
    if lost:
        known = [name for key, name in labels(plan).items() if key != plan.baseline]
        raise UserError(
            f"claims: no variant is named '{lost[0]}'\n  {did_you_mean(lost[0], known)}"
            f"variants: {'; '.join(known)}"
        )
    return plan


def _another(point: Point, cost: str, known: Variant) -> str:
    named, other = (levels(of, tuple(of)) for of in (point.levels, known.factors))
    return f"`{named}` with the baseline's {cost_name(cost)} is the network of `{other}`."


def _unmatched(point: Point, cost: str, match: Match) -> str:
    named = levels(point.levels, tuple(point.levels))
    return (
        f"`{named}` cannot have the baseline's {cost_name(cost)}: the nearest widths give "
        f"{100 * match.excess:+.1f} % (`{match.network}`)."
    )
