"""Baselines on which the claims of several studies hang: how many claims, studies and trainings."""

from dataclasses import dataclass

from moat_lab.report.overview import Overview, StudyRow
from moat_lab.report.units import count, span


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedBaseline:
    """A baseline by one recipe that several studies compare with.

    Args:
        network: its text.
        claims: that are held against it, each once.
        studies: folders.
        seeds: the fewest and the most trainings of it that a study has.
    """

    network: str
    recipe_key: str
    claims: int
    studies: tuple[str, ...]
    seeds: tuple[int, int]


def shared_baselines(overview: Overview) -> tuple[SharedBaseline, ...]:
    """The baselines of more than one study, those with the most claims first."""
    rows: dict[tuple[str, str], list[StudyRow]] = {}
    for row in overview.studies:
        rows.setdefault((row.plan.recipe_key, row.plan.baseline), []).append(row)
    found = (_shared(overview, of) for of in rows.values() if len(of) > 1)
    return tuple(sorted(found, key=lambda one: -one.claims))


def shared_lines(overview: Overview) -> list[str]:
    """A line for each baseline that claims of several studies share."""
    total = count(len(overview.claims), "claim")
    return [
        f"- {one.claims} of {total}, in {len(one.studies)} studies, hang on {span(*one.seeds, '{}')} "
        f"trainings of one baseline by recipe `{one.recipe_key}`: `{one.network}`. What these trainings "
        "happened to reach shifts all of these effects to one side."
        for one in shared_baselines(overview)
        if one.claims
    ]


def _shared(overview: Overview, rows: list[StudyRow]) -> SharedBaseline:
    plan, seeds = rows[0].plan, [len(row.plan.seeds) for row in rows]
    claims = [
        claim
        for row, claim in overview.claims
        if (row.plan.recipe_key, claim.networks[1:]) == (plan.recipe_key, (plan.baseline,))
    ]
    return SharedBaseline(
        network=next(v.network for v in plan.variants if v.key == plan.baseline),
        recipe_key=plan.recipe_key,
        claims=len(claims),
        studies=tuple(row.folder for row in rows),
        seeds=(min(seeds), max(seeds)),
    )
