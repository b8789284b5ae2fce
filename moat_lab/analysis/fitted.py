"""What a design can say about interactions, taking for granted that no three factors interact."""

from collections.abc import Sequence
from itertools import combinations, product

import numpy as np

from moat_lab.analysis.frontier import Flags, Floats
from moat_lab.analysis.interaction import Interaction, Levels, Point, by_place, family

Term = tuple[tuple[str, str], ...]
"""Changes from the baseline whose product is one column of the model: none, one, or two."""
_ZERO = 1e-9
"""What a share of a term or a singular value below this is, but for rounding."""


def seen_interactions(points: Sequence[Levels], baseline: Levels) -> list[tuple[str, str]]:
    """The pairs of factors whose interaction the points tell from all main effects and other interactions.

    Known before anything is trained. A pair is seen for all levels that the points have, or not at all.

    Args:
        points: factor -> level of each, as `space.levels_at` gives it.
        baseline: factor -> level that changes start from.
    """
    terms = _terms(points, baseline)
    clear = dict(zip(terms, _clear(_model(points, terms)).tolist(), strict=True))
    pairs: dict[tuple[str, str], bool] = {}
    for term in terms:
        if len(term) == 2:
            pair = (term[0][0], term[1][0])
            pairs[pair] = pairs.get(pair, True) and clear[term]
    return [pair for pair, seen in pairs.items() if seen]


def fitted_interactions(points: Sequence[Point], baseline: Levels) -> list[Interaction]:
    """The interaction of each pair of changes that the points see, by least squares over all of them.

    For fractions, which hold no four corners with all else equal. One fit for each seed that all points
    have, so what a seed does to all cancels; points without a score are left out. On every point of a
    two-level space this is what `interactions` gives.

    Raises:
        ValueError: a point has other factors than the baseline, or two points have the same levels.
    """
    trained = [point for point in points if point.scores]
    if not by_place(trained, baseline):
        return []
    seeds = sorted(set.intersection(*(set(point.scores) for point in trained)))
    scores = np.array([[point.scores[seed] for seed in seeds] for point in trained], dtype=np.float64)
    levels = [point.levels for point in trained]
    terms, seen = _terms(levels, baseline), seen_interactions(levels, baseline)
    fitted = np.linalg.pinv(_model(levels, terms)) @ scores
    return family(
        [
            (dict(term), row.tolist(), 0)
            for term, row in zip(terms, fitted, strict=True)
            if tuple(factor for factor, _ in term) in seen
        ]
    )


def _terms(points: Sequence[Levels], baseline: Levels) -> list[Term]:
    """The constant, each change that the points have, and each pair of changes of two factors."""
    changes = {
        factor: [(factor, level) for level in dict.fromkeys(p[factor] for p in points) if level != usual]
        for factor, usual in baseline.items()
    }
    single = [(change,) for known in changes.values() for change in known]
    double = [pair for a, b in combinations(changes.values(), 2) for pair in product(a, b)]
    return [(), *single, *double]


def _model(points: Sequence[Levels], terms: Sequence[Term]) -> Floats:
    """(points, terms) 1 where a point has made all changes of a term."""
    made = [[all(point[factor] == level for factor, level in term) for term in terms] for point in points]
    return np.array(made, dtype=np.float64).reshape(len(points), len(terms))


def _clear(model: Floats) -> Flags:
    """(terms,) True where the points determine the term: it lies in the span of the model's rows."""
    _, sizes, rows = np.linalg.svd(model, full_matrices=False)
    share = (rows[sizes > _ZERO] ** 2).sum(axis=0)
    return np.asarray(share > 1 - _ZERO)
