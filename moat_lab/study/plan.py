"""A study as the list of networks to train, each once, with exact costs."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace

from moat_lab.costs import cost_at
from moat_lab.costs.matching import Match, nearest_match
from moat_lab.costs.scaling import LOPSIDED
from moat_lab.errors import UserError, did_you_mean
from moat_lab.grammar import Network, to_network
from moat_lab.records import Plan, Variant
from moat_lab.records.plan import TOLERANCE
from moat_lab.report.claims.names import OVER, WITH, claimable_interactions, claims_without_variant
from moat_lab.report.names import labels, levels
from moat_lab.report.units import cost_name
from moat_lab.search.candidates import candidates_of, variant_at
from moat_lab.study.study_spec import SpacePoint, StudySpec
from moat_lab.study.twins import frozen_twins
from moat_lab.train import Recipe, check_batch_norms


def make_plan(spec: StudySpec, *, seeds: int, command: str) -> Plan:
    """The plan; points of the space with the same text are one variant, named by the first.

    The plan of a search has no variants yet.

    Raises:
        UserError: a claim names no variant, or a manipulation check has nothing to freeze.
    """
    variants, unmatched = dict[str, Variant](), []
    for cost, point, match in _readings(spec):
        if match and abs(match.excess) > TOLERANCE:
            unmatched.append(_unmatched(point, cost, match))
            continue
        variant = _variant(spec, point, cost, match)
        first = variants.setdefault(variant.key, variant)
        if variant.matched and first.factors != variant.factors:
            unmatched.append(_another(point, cost, first))
    plan = _plan(spec, variants.values(), unmatched, seeds, command)
    if plan.claims and not plan.search:
        written = plan if "none" in plan.match else make_plan(_as_written(spec), seeds=seeds, command="")
        _check_claims(plan, written)
    return plan


def _as_written(spec: StudySpec) -> StudySpec:
    return replace(spec, match=("none",), claims={})


def _plan(
    spec: StudySpec, variants: Collection[Variant], unmatched: Iterable[str], seeds: int, command: str
) -> Plan:
    return Plan(
        name=spec.name,
        question=spec.question,
        expectation=spec.expectation,
        source=spec.source,
        baseline="" if spec.search else spec.baseline.key,
        recipe=spec.recipe.content(),
        recipe_key=spec.recipe.key,
        seeds=tuple(range(seeds)),
        command=command,
        variants=tuple(variants),
        search=spec.search,
        design=spec.design,
        match=spec.match,
        unmatched=tuple(unmatched),
        margin=spec.margin,
        claims=spec.claims,
        twins=frozen_twins(variants, spec.recipe.inputs) if spec.manipulation_check else {},
    )


def schedule_plans(spec: StudySpec, *, seeds: int, command: str) -> dict[str, Plan]:
    """Schedule -> the plan that trains the study's networks by it, of a calibration."""
    return {
        name: replace(
            make_plan(replace(spec, recipe=recipe), seeds=seeds, command=command),
            name=f"{spec.name}/{name}",
        )
        for name, recipe in spec.schedules.items()
    }


def check_trainable(spec: StudySpec, plan: Plan) -> None:
    """Raises UserError where a recipe cannot train a network of the plan, or one that its search may take."""
    for recipe in spec.schedules.values() or (spec.recipe,):
        if recipe.batch == 1:  # no other is refused: the networks of a search are many
            for network in _networks(spec, plan, recipe):
                check_batch_norms(network, recipe)


def _networks(spec: StudySpec, plan: Plan, recipe: Recipe) -> Iterator[Network]:
    """Those that are trained; of a search those within its limits, or of many a sample."""
    if spec.search is None:
        yield from (to_network(variant.network) for variant in plan.networks)
        return
    candidates = candidates_of(spec.space, spec.search.limits, recipe.inputs)
    for digits in candidates.points():
        if not candidates.violation(digits):
            yield candidates.space.at(digits)


def _readings(spec: StudySpec) -> Iterator[tuple[str, SpacePoint, Match | None]]:
    """Each point as written, or as near as it comes to the baseline's cost; reading by reading."""
    inputs = spec.recipe.inputs
    baseline = cost_at(spec.baseline, inputs)
    for cost in spec.match:
        for point in spec.points:
            if cost == "none" or point.network == spec.baseline:
                yield cost, point, None
            else:
                target = int(baseline.value(cost))
                match = nearest_match(point.network, target, cost, inputs=inputs, tolerance=TOLERANCE)
                yield cost, point, match


def _variant(spec: StudySpec, point: SpacePoint, cost: str, match: Match | None) -> Variant:
    """A network that needed no scaling is as written."""
    network = match.network if match else point.network
    variant = variant_at(network, spec.recipe.inputs)
    return replace(variant, factors=point.levels, matched="" if network == point.network else cost)


def _check_claims(plan: Plan, written: Plan) -> None:
    """Whether claims name what the plan has, or would have as written: a match may have left it out.

    Raises:
        UserError: one names nothing.
    """
    lost = claims_without_variant(written, claims_without_variant(plan, plan.claims))
    if not lost:
        return
    named = tuple(name for key, name in labels(written).items() if key != plan.baseline)
    if WITH in lost[0]:
        what, wrong, names = "interaction", lost[0], claimable_interactions(written)
    else:
        what, names = "variant", named
        wrong = next(name for name in lost[0].split(OVER, 1) if name not in named)
    listed = "; ".join(names) or "none"
    raise UserError(f"claims: no {what} is named '{wrong}'\n  {did_you_mean(wrong, names)}{what}s: {listed}")


def _another(point: SpacePoint, cost: str, first: Variant) -> str:
    named, other = (levels(of, tuple(of)) for of in (point.levels, first.factors))
    return f"`{named}` with the baseline's {cost_name(cost)} is the network of `{other}`."


def _unmatched(point: SpacePoint, cost: str, match: Match) -> str:
    named = levels(point.levels, tuple(point.levels))
    return (
        f"`{named}` cannot have the baseline's {cost_name(cost)} with widths that keep the stages' "
        f"proportions within a factor of {LOPSIDED:g}: the nearest found give {100 * match.excess:+.1f} % "
        f"(`{match.network}`)."
    )
