"""Whether the effect of one factor depends on the level of another."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, product
from statistics import fmean

from moat_lab.analysis.comparison import PLAIN, Comparison, Hypothesis, compare_differences
from moat_lab.analysis.intervals import rounding_sd

Levels = Mapping[str, str]
Setting = frozenset[tuple[str, str]]
"""Factor and level of each factor: where a point stands."""
Scores = Mapping[int, float]
WITH = " x "
"""Between the two changes in an interaction's name: `FACTOR=LEVEL x FACTOR=LEVEL`."""


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
        settings: how many settings of the other factors this is a mean over; 0 where it is fitted.
        tested: both changed - first alone - second alone + neither, paired by seed, among all interactions
            that the points hold; `better` where both changes together reach more than the sum of each alone.
    """

    changes: Levels
    settings: int
    tested: Comparison


def interactions(
    points: Sequence[DesignPoint],
    baseline: Levels,
    question: Hypothesis = PLAIN,
    *,
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
        question: what is asked of each of them.
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
    return interaction_family(contrasts, question)


def interaction_family(
    contrasts: Sequence[tuple[Levels, Sequence[Sequence[float]], int]], question: Hypothesis = PLAIN
) -> list[Interaction]:
    """Interactions from changes, differences of differences by cell and seed, and a number of settings."""
    blocks = {interaction_name(changes): blocks for changes, blocks, _ in contrasts}
    roundings = {  # four scores a difference, and a mean over settings
        interaction_name(changes): rounding_sd(question.step, 4 * len(blocks) / max(1, settings))
        for changes, blocks, settings in contrasts
    }
    tested = compare_differences(blocks, question, roundings)
    return [
        Interaction(changes=changes, settings=settings, tested=of)
        for (changes, _, settings), of in zip(contrasts, tested.values(), strict=True)
    ]


def interaction_name(changes: Levels) -> str:
    """What claims call the interaction of two changes."""
    return WITH.join(f"{factor}={level}" for factor, level in changes.items())


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
