"""A study as the list of networks to train, each once, with exact costs."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace

from moat_lab.analysis import averaged
from moat_lab.analysis.interaction import WITH
from moat_lab.costs import cost_at
from moat_lab.costs.matching import Match, nearest_match
from moat_lab.costs.scaling import LOPSIDED
from moat_lab.errors import UserError, did_you_mean
from moat_lab.grammar import Network, to_network
from moat_lab.records import Plan, Variant
from moat_lab.records.plan import TOLERANCE
from moat_lab.report.claims.names import OVER, claimable_interactions, claims_without_variant
from moat_lab.report.names import labels, levels, names_by_reading
from moat_lab.report.units import cost_name
from moat_lab.search.candidates import candidates_of, variant_at
from moat_lab.study.study_spec import SpacePoint, StudySpec
from moat_lab.study.twins import frozen_twins
from moat_lab.train import Recipe, check_network


def make_plan(spec: StudySpec, *, seeds: int, command: str) -> Plan:
    """The plan; points of the space with the same text are one variant, named by the first.

    The plan of a search has no variants yet.

    Raises:
        UserError: a claim names no variant, two cells have one baseline, or a manipulation check has
            nothing to freeze.
    """
    _check_cells(spec)
    variants, unmatched = dict[str, Variant](), []
    for cost, point, match in _readings(spec):
        if match and abs(match.excess) > TOLERANCE:
            unmatched.append(_unmatched(point, cost, match))
            continue
        variant = _variant(spec, point, cost, match)
        first = variants.setdefault(variant.key, variant)
        if variant.matched and first.factors != variant.factors:
            unmatched.append(_another(point, cost, first))
    plan = _with_effects(_plan(spec, variants.values(), unmatched, seeds, command))
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
        cells=spec.cells,
        planned_looks=spec.planned_looks,
        success=spec.success,
        tuning=spec.tune if spec.recipe.tuned else None,
    )


def _with_effects(plan: Plan) -> Plan:
    """The plan whose variants know the effect that the source of their claim reports."""
    effects = {name: stated.effect for name, stated in plan.claims.items() if stated.effect}
    if not effects:
        return plan
    of = averaged(plan)
    stated = {
        frozenset(variant.factors.items()): effects[name]
        for keys in names_by_reading(of).values()
        for name, key in keys.items()
        for variant in of.variants
        if variant.key == key and name in effects
    }
    return replace(
        plan,
        variants=tuple(
            replace(v, effect=stated.get(frozenset(plan.treatment_of(v).items()))) for v in plan.variants
        ),
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
                check_network(network, recipe)


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
    """Each point as written, or as near as it comes to its baseline's cost; reading by reading."""
    inputs = spec.recipe.inputs
    baselines = {_cell(spec, p): p.network for p in spec.points if _is_baseline(spec, p)}
    for cost in spec.match:
        for point in spec.points:
            baseline = baselines[_cell(spec, point)]
            if cost == "none" or point.network == baseline:
                yield cost, point, None
            else:
                target = int(cost_at(baseline, inputs).value(cost))
                match = nearest_match(point.network, target, cost, inputs=inputs, tolerance=TOLERANCE)
                yield cost, point, match


def _cell(spec: StudySpec, point: SpacePoint) -> tuple[str, ...]:
    return tuple(point.levels[factor] for factor in spec.cells)


def _is_baseline(spec: StudySpec, point: SpacePoint) -> bool:
    """Whether it has the baseline's levels, those of cells aside."""
    if not spec.cells:
        return point.network == spec.baseline
    levels = next(p.levels for p in spec.points if p.network == spec.baseline)
    return all(point.levels[name] == level for name, level in levels.items() if name not in spec.cells)


def _variant(spec: StudySpec, point: SpacePoint, cost: str, match: Match | None) -> Variant:
    """A network that needed no scaling is as written."""
    network = match.network if match else point.network
    variant = variant_at(network, spec.recipe.inputs)
    return replace(variant, factors=point.levels, matched="" if network == point.network else cost)


def _check_cells(spec: StudySpec) -> None:
    """Raises UserError unless the baseline is another network in each cell."""
    found = set[str]()
    for point in spec.points if spec.cells else ():
        if _is_baseline(spec, point) and point.network.key in found:
            named = levels(point.levels, spec.cells)
            raise UserError(
                f"cells: another baseline is needed in each cell; that of {named} is that of another\n"
                "  take factors as cells that change the baseline too"
            )
        found |= {point.network.key} if _is_baseline(spec, point) else set()


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
