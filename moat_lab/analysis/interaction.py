"""Whether the effect of one factor depends on the level of another."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, product
from statistics import fmean

from moat_lab.analysis.estimate import Estimate, blocked_estimate
from moat_lab.analysis.hypothesis_tests import Verdict, holm, verdict
from moat_lab.analysis.intervals import Interval, rounding_sd

Levels = Mapping[str, str]
Setting = frozenset[tuple[str, str]]
"""Factor and level of each factor: where a point stands."""
Scores = Mapping[int, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class DesignPoint:
    """A trained network: factor -> level, and seed -> score."""

    levels: Levels
    scores: Scores


@dataclass(frozen=True, slots=True, kw_only=True)
class Interaction:
    """What two changes do together beyond the sum of what each does alone; zero where effects add up.

    Attributes:
        changes: factor -> the level it changes to, of the two factors.
        effect: both changed - first alone - second alone + neither, paired by seed, with its 95 % interval.
        settings: how many settings of the other factors this is a mean over; 0 where it is fitted.
        p: two-sided, of no interaction.
        adjusted_p: after Holm, over all interactions that the points hold; decides the verdict.
        verdict: `better` where both changes together reach more than the sum of each alone.
    """

    changes: Levels
    effect: Interval
    settings: int
    p: float
    adjusted_p: float
    verdict: Verdict


def interactions(
    points: Sequence[DesignPoint],
    baseline: Levels,
    *,
    margin: float | None = None,
    step: float = 0.0,
    level: float = 0.05,
    cells: Sequence[str] = (),
) -> list[Interaction]:
    """The interaction of each pair of changes from the baseline whose four corners were trained.

    Four corners: neither, one, the other, both changed, all else equal. Where they stand at several settings
    of the other factors, the mean over these. A pair without four corners is left out: changes that were
    only made one at a time say nothing about it. Seeds are those that all corners have. A fraction holds no
    four corners with all else equal: see `fitted_interactions`.

    Args:
        points: each with the factors of the baseline.
        baseline: factor -> level that changes start from.
        margin: as in `comparison.compare`.
        step: what scores are rounded to, as there.
        level: the error that this look may spend (`spending.level_of_look`).
        cells: factors whose levels are cells with seeds of their own: no changes, and the effect is a mean
            over them.

    Raises:
        ValueError: a point has other factors than the baseline, or two points have the same levels.
    """
    scores = scores_by_setting(points, baseline)
    complete = [
        (changes, corners)
        for changes in _changes(points, baseline)
        if not {*changes} & {*cells} and (corners := _corners(scores, changes, baseline))
    ]
    contrasts = [(changes, _by_cell(corners, cells), len(corners)) for changes, corners in complete]
    return interaction_family(contrasts, margin=margin, step=step, level=level)


def interaction_family(
    contrasts: Sequence[tuple[Levels, Sequence[Sequence[float]], int]],
    *,
    margin: float | None = None,
    step: float = 0.0,
    level: float = 0.05,
) -> list[Interaction]:
    """Interactions from changes, differences of differences by cell and seed, and a number of settings."""
    estimates = [
        blocked_estimate(blocks, least_sd=rounding_sd(step, 4 * len(blocks) / max(1, settings)))
        for _, blocks, settings in contrasts  # a mean over settings
    ]
    adjusted = holm([estimate.p() for estimate in estimates])
    return [
        _interaction(changes, estimate, settings, float(p), margin, level)
        for (changes, _, settings), estimate, p in zip(contrasts, estimates, adjusted, strict=True)
    ]


def _interaction(
    changes: Levels,
    estimate: Estimate,
    settings: int,
    adjusted_p: float,
    margin: float | None,
    level: float,
) -> Interaction:
    effect = estimate.interval()
    beyond = None if margin is None else estimate.equivalence_p(margin)
    return Interaction(
        changes=changes,
        effect=effect,
        settings=settings,
        p=estimate.p(),
        adjusted_p=adjusted_p,
        verdict=verdict(effect, p=adjusted_p, equivalence_p=beyond, level=level),
    )


def scores_by_setting(points: Sequence[DesignPoint], baseline: Levels) -> dict[Setting, Scores]:
    """Where each point stands -> its scores.

    Raises:
        ValueError: a point has other factors than the baseline, or two points have the same levels.
    """
    scores: dict[Setting, Scores] = {}
    for point in points:
        if point.levels.keys() != baseline.keys():
            raise ValueError(f"levels of {', '.join(baseline)} are needed; got {dict(point.levels)}")
        if (place := frozenset(point.levels.items())) in scores:
            raise ValueError(f"points that differ are needed; got two at {dict(point.levels)}")
        scores[place] = point.scores
    return scores


def _changes(points: Sequence[DesignPoint], baseline: Levels) -> Iterator[Levels]:
    """Every pair of factors, and every pair of levels of theirs that are not the baseline's."""
    others = {
        factor: [level for level in dict.fromkeys(point.levels[factor] for point in points) if level != usual]
        for factor, usual in baseline.items()
    }
    for first, second in combinations(baseline, 2):
        for pair in product(others[first], others[second]):
            yield dict(zip((first, second), pair, strict=True))


def _corners(
    scores: Mapping[Setting, Scores], changes: Levels, baseline: Levels
) -> dict[Setting, list[Scores]]:
    """Setting of the rest that has all four -> scores of both, first, second and neither changed."""
    first, second = changes.items()
    not_first, not_second = ((factor, baseline[factor]) for factor in changes)
    pairs = ((first, second), (first, not_second), (not_first, second), (not_first, not_second))
    settings = [place - {first, second} for place in scores if {first, second} <= place]
    corners = {rest: [scores.get(rest | {*pair}, {}) for pair in pairs] for rest in settings}
    return {rest: four for rest, four in corners.items() if all(four)}


def _by_cell(corners: Mapping[Setting, Sequence[Scores]], cells: Sequence[str]) -> list[list[float]]:
    """For each cell the differences of differences, a mean over its other settings; without cells one row."""
    rows: dict[Setting, list[Sequence[Scores]]] = {}
    for setting, four in corners.items():
        rows.setdefault(frozenset(pair for pair in setting if pair[0] in cells), []).append(four)
    return [_beyond_the_sum(of_cell) for of_cell in rows.values()]


def _beyond_the_sum(corners: Sequence[Sequence[Scores]]) -> list[float]:
    """One difference of differences for each seed that all corners have, the mean over settings."""
    seeds = set.intersection(*(set(scores) for four in corners for scores in four))
    return [
        fmean(
            both[seed] - first[seed] - second[seed] + neither[seed]
            for both, first, second, neither in corners
        )
        for seed in sorted(seeds)
    ]
