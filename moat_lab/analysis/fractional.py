"""What a design can say about interactions, taking for granted that no three factors interact."""

from collections.abc import Sequence
from itertools import combinations, product

import numpy as np

from moat_lab.analysis.comparison import PLAIN, Comparison, Hypothesis, compare_pairs
from moat_lab.analysis.frontier import Flags, Floats
from moat_lab.analysis.interaction import (
    DesignPoint,
    Interaction,
    Levels,
    interaction_family,
    scores_by_setting,
)

Term = tuple[tuple[str, str], ...]
"""Changes from the baseline whose product is one column of the model: none, one, or two."""
_ZERO = 1e-9
"""What a share of a term or a singular value below this is, but for rounding."""


def estimable_interactions(points: Sequence[Levels], baseline: Levels) -> list[tuple[str, str]]:
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
    return [pair for pair, estimable in pairs.items() if estimable]


def fitted_interactions(
    points: Sequence[DesignPoint],
    baseline: Levels,
    question: Hypothesis = PLAIN,
) -> list[Interaction]:
    """The interaction of each pair of changes that the points see, by least squares over all of them.

    For fractions, which hold no four corners with all else equal. One fit for each seed that all points
    have, so what a seed does to all cancels; points without a score are left out. On every point of a
    two-level space this is what `interactions` gives.

    Raises:
        ValueError: a point has other factors than the baseline, or two points have the same levels.
    """
    trained = [point for point in points if point.scores]
    if not scores_by_setting(trained, baseline):
        return []
    levels, _, scores = _common(trained)
    terms, estimable = _terms(levels, baseline), estimable_interactions(levels, baseline)
    fitted = np.linalg.pinv(_model(levels, terms)) @ scores
    return interaction_family(
        [
            (dict(term), [row.tolist()], 0)
            for term, row in zip(terms, fitted, strict=True)
            if tuple(factor for factor, _ in term) in estimable
        ],
        question,
    )


def fitted_effects(
    points: Sequence[DesignPoint], baseline: Levels, question: Hypothesis = PLAIN
) -> dict[tuple[str, str], Comparison]:
    """(factor, level) -> what the change does to the score, as a mean over the other factors' levels.

    Of factors with two levels. By least squares over all points with scores, one fit for each seed that all
    have, with the interactions of two factors where main effects are clear of them, otherwise without: then
    each holds those that `defining_words` names. Empty where points without scores cost the fraction its
    balance. Holm is over the factors.

    Raises:
        ValueError: as `fitted_interactions`, or the margin is not above 0.
    """
    trained = [point for point in points if point.scores]
    if not scores_by_setting(trained, baseline):
        return {}
    levels, seeds, scores = _common(trained)
    changes = [term[0] for term in _terms(levels, baseline) if len(term) == 1]
    main = np.column_stack([np.ones(len(levels)), _signs(levels, changes) / 2])
    products = [main[:, i] * main[:, j] for i, j in combinations(range(1, main.shape[1]), 2)]
    with_pairs = np.column_stack([main, *products])
    is_clear = _clear(with_pairs)[: main.shape[1]].all()
    if not is_clear and len(trained) < len(points):
        return {}
    model = with_pairs if is_clear else main
    fitted = np.linalg.pinv(model) @ scores
    effects = {
        change: dict(zip(seeds, row.tolist(), strict=True))
        for change, row, clear in zip(
            changes, fitted[1 : main.shape[1]], _clear(model)[1 : main.shape[1]], strict=True
        )
        if clear
    }
    nothing = dict.fromkeys(seeds, 0.0)
    pairs = {"=".join(change): (effect, nothing) for change, effect in effects.items()}
    comparisons = compare_pairs(pairs, question)
    return dict(zip(effects, comparisons.values(), strict=True))


def defining_words(points: Sequence[Levels], baseline: Levels, *, most: int = 4) -> list[tuple[str, ...]]:
    """The least sets of 2 to `most` two-level factors whose signs multiply to one sign at all points.

    In such a set, what some factors do together is aliased with what the others do: a design's resolution is
    the size of its smallest.
    """
    changes = [term[0] for term in _terms(points, baseline) if len(term) == 1]
    signs = _signs(points, changes)
    words: list[tuple[str, ...]] = []
    for size in range(2, most + 1):
        for chosen in combinations(range(len(changes)), size):
            product_of = signs[:, list(chosen)].prod(axis=1)
            names = tuple(changes[i][0] for i in chosen)
            if (product_of == product_of[0]).all() and not any(set(w) < set(names) for w in words):
                words.append(names)
    return words


def _common(trained: Sequence[DesignPoint]) -> tuple[list[Levels], list[int], Floats]:
    """Levels of each point, the seeds that all have, and the scores (points, seeds)."""
    seeds = sorted(set.intersection(*(set(point.scores) for point in trained)))
    scores = np.array([[point.scores[seed] for seed in seeds] for point in trained], dtype=np.float64)
    return [point.levels for point in trained], seeds, scores


def _signs(points: Sequence[Levels], changes: Sequence[tuple[str, str]]) -> Floats:
    """(points, changes) 1 where a point has made the change, otherwise -1."""
    made = [[1 if point[factor] == level else -1 for factor, level in changes] for point in points]
    return np.array(made, dtype=np.float64).reshape(len(points), len(changes))


def _terms(points: Sequence[Levels], baseline: Levels) -> list[Term]:
    """The constant, each change that the points have, and each pair of changes of two factors."""
    changes = {
        factor: [(factor, level) for level in dict.fromkeys(p[factor] for p in points) if level != usual]
        for factor, usual in baseline.items()
    }
    single = [(change,) for levels in changes.values() for change in levels]
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
