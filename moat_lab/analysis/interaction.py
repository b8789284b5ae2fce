"""Whether the effect of one factor depends on the level of another."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, product
from statistics import fmean

from moat_lab.analysis.hypothesis_tests import Verdict, equivalence_p, holm, paired_p, verdict
from moat_lab.analysis.intervals import Interval, mean_interval, rounding_sd

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
    points: Sequence[DesignPoint], baseline: Levels, *, margin: float | None = None, step: float = 0.0
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

    Raises:
        ValueError: a point has other factors than the baseline, or two points have the same levels.
    """
    scores = scores_by_setting(points, baseline)
    complete = [
        (changes, c) for changes in _changes(points, baseline) if (c := _corners(scores, changes, baseline))
    ]
    contrasts = [(changes, _beyond_the_sum(corners), len(corners)) for changes, corners in complete]
    return interaction_family(contrasts, margin=margin, step=step)


def interaction_family(
    contrasts: Sequence[tuple[Levels, Sequence[float], int]],
    *,
    margin: float | None = None,
    step: float = 0.0,
) -> list[Interaction]:
    """Interactions from changes, a difference of differences for each seed, and a number of settings."""
    least = [rounding_sd(step, 4 / max(1, settings)) for _, _, settings in contrasts]  # a mean over settings
    ps = [paired_p(row, least_sd=sd) for (_, row, _), sd in zip(contrasts, least, strict=True)]
    return [
        _interaction(changes, differences, settings, float(adjusted), margin, sd)
        for (changes, differences, settings), adjusted, sd in zip(contrasts, holm(ps), least, strict=True)
    ]


def _interaction(
    changes: Levels,
    differences: Sequence[float],
    settings: int,
    adjusted_p: float,
    margin: float | None,
    least_sd: float,
) -> Interaction:
    effect = mean_interval(differences, least_sd=least_sd)
    beyond = None if margin is None else equivalence_p(differences, margin=margin, least_sd=least_sd)
    return Interaction(
        changes=changes,
        effect=effect,
        settings=settings,
        p=paired_p(differences, least_sd=least_sd),
        adjusted_p=adjusted_p,
        verdict=verdict(effect, p=adjusted_p, equivalence_p=beyond),
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


def _corners(scores: Mapping[Setting, Scores], changes: Levels, baseline: Levels) -> list[list[Scores]]:
    """Scores of both, first, second and neither changed, at each setting of the rest that has all four."""
    first, second = changes.items()
    not_first, not_second = ((factor, baseline[factor]) for factor in changes)
    pairs = ((first, second), (first, not_second), (not_first, second), (not_first, not_second))
    settings = [place - {first, second} for place in scores if {first, second} <= place]
    corners = ([scores.get(rest | {*pair}, {}) for pair in pairs] for rest in settings)
    return [four for four in corners if all(four)]


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
