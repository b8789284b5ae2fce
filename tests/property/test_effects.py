"""Intervals, families and power say what they mean: simulated studies with known effects, 2,000 each.

A share of 2,000 has a standard error of 0.5 points at 5 %; the seeds are fixed, so each result is too.
"""

import math

import numpy as np
import pytest
from scipy import stats

from moat_lab.analysis import (
    bootstrap_interval,
    detectable_effect,
    equivalence_p,
    fitted_interactions,
    holm,
    interactions,
    mean_interval,
    paired_differences,
    paired_p,
    power_of,
    required_seeds,
    verdict,
)
from moat_lab.analysis.interaction import DesignPoint
from moat_lab.analysis.intervals import rounding_sd, widened, widening
from moat_lab.analysis.power import family_confidence
from moat_lab.grammar.designs import fraction

REPEATS = 2000
TRUE_EFFECT = 0.3


def studies(*, levels=1, seeds=5, effect=0.0, rng_seed=0):
    """(REPEATS, 1 + levels, seeds) scores: what a seed does to all, noise of each, the baseline first."""
    rng = np.random.default_rng(rng_seed)
    of_seed = rng.normal(0, 2, (REPEATS, 1, seeds))
    scores = of_seed + rng.normal(0, 1, (REPEATS, 1 + levels, seeds))
    scores[:, 1:] += effect
    return scores


def by_seed(row):
    return dict(enumerate(row.tolist()))


@pytest.mark.parametrize("seeds", [3, 5, 10])
def test_a_paired_95_percent_interval_covers_the_true_effect(seeds):
    effects = [
        mean_interval(paired_differences(by_seed(level), by_seed(base)))
        for base, level in studies(seeds=seeds, effect=TRUE_EFFECT)
    ]
    assert 0.94 <= np.mean([e.low <= TRUE_EFFECT <= e.high for e in effects]) <= 0.96


@pytest.mark.parametrize(("seeds", "least", "most"), [(3, 0.73, 0.77), (5, 0.91, 0.94), (10, 0.93, 0.97)])
def test_the_bootstrap_covers_what_its_docstring_says(seeds, least, most):
    differences = np.diff(studies(seeds=seeds, effect=TRUE_EFFECT), axis=1)[:, 0]
    intervals = [bootstrap_interval(row) for row in differences]
    assert least <= np.mean([i.low <= TRUE_EFFECT <= i.high for i in intervals]) <= most


def test_a_family_without_effect_is_called_different_in_at_most_5_percent():
    alone = family = 0
    for base, *levels in studies(levels=4):
        ps = [paired_p((level - base).tolist()) for level in levels]
        effects = [mean_interval((level - base).tolist()) for level in levels]
        alone += any(verdict(e) in ("better", "worse") for e in effects)
        adjusted = zip(effects, holm(ps), strict=True)
        family += any(verdict(e, p=p) in ("better", "worse") for e, p in adjusted)
    assert family / REPEATS <= 0.05 + 2 * math.sqrt(0.05 * 0.95 / REPEATS)
    assert alone / REPEATS > 0.10


@pytest.mark.parametrize("images", [100, 200, 1000])
@pytest.mark.parametrize("seeds", [2, 3, 5])
def test_few_seeds_of_few_images_call_nothing_different_in_more_than_5_percent(seeds, images):
    scores = np.random.default_rng(0).normal(0.93, 0.01, (REPEATS // 4, 5, seeds))
    counted, least_sd = np.round(scores * images) / images, rounding_sd(1 / images, 2)
    differences = (counted[:, 1:] - counted[:, :1]).tolist()
    called = [
        (holm([paired_p(row, least_sd=least_sd) for row in levels]) < 0.05).any() for levels in differences
    ]
    assert np.mean(called) <= 0.05 + 2 * math.sqrt(0.05 * 0.95 / len(called))


@pytest.mark.parametrize("half_width", [1.0, 0.6])
def test_an_interval_whose_width_ended_the_study_covers_the_true_effect(half_width):
    """The mean and the deviation of normal values are independent: the first is averaged over exactly."""
    narrow = [stats.t.ppf(0.975, n - 1) * widening(n) / math.sqrt(n) for n in range(2, 401)]
    covered = []
    for row in np.random.default_rng(0).normal(0, 1, (REPEATS, 400)):
        n, wanted = 0, 3
        while n < wanted:
            n = wanted
            sd = row[:n].std(ddof=1)
            wanted = min(2 * n, next(i for i in range(n, 401) if narrow[i - 2] * sd <= half_width))
        covered.append(math.erf(narrow[n - 2] * sd * math.sqrt(n / 2)))
    assert mean_interval(widened(row[:n].tolist())).half_width == pytest.approx(narrow[n - 2] * sd)
    assert 0.945 <= np.mean(covered) <= 0.97


@pytest.mark.parametrize("true_effects", [(0, 0, 0, 2), (0, 0, 3, 3)])
def test_levels_with_an_effect_do_not_give_away_those_without(true_effects):
    wrong = 0
    none = np.array(true_effects) == 0
    for base, *levels in studies(levels=4):
        shifted = [level + effect - base for level, effect in zip(levels, true_effects, strict=True)]
        wrong += (holm([paired_p(row.tolist()) for row in shifted])[none] < 0.05).any()
    assert wrong / REPEATS <= 0.05 + 2 * math.sqrt(0.05 * 0.95 / REPEATS)


@pytest.mark.parametrize("seeds", [3, 5, 10])
def test_the_detectable_effect_is_shown_in_80_percent(seeds):
    sd = math.sqrt(2)  # of a difference between two scores of unit noise
    assert shown(seeds, detectable_effect(sd, seeds)) == pytest.approx(0.80, abs=0.03)


@pytest.mark.parametrize("seeds", [3, 5, 10])
def test_among_four_variants_the_detectable_effect_gets_its_verdict_in_80_percent(seeds):
    effect = detectable_effect(math.sqrt(2), seeds, confidence=family_confidence(4))
    scores = studies(levels=4, seeds=seeds)
    differences = scores[:, 1:] - scores[:, :1] + np.array([effect, 0, 0, 0])[:, None]
    called = [holm([paired_p(row) for row in levels])[0] < 0.05 for levels in differences.tolist()]
    assert 0.78 <= np.mean(called) <= 0.84


def test_the_required_seeds_show_the_effect_in_80_percent_and_one_fewer_do_not():
    sd, effect = math.sqrt(2), 1.5
    seeds = required_seeds(sd, effect)
    assert power_of(seeds - 1, effect, sd=sd) < 0.8 <= power_of(seeds, effect, sd=sd)
    assert shown(seeds, effect) == pytest.approx(power_of(seeds, effect, sd=sd), abs=0.03)


def shown(seeds, effect):
    differences = np.diff(studies(seeds=seeds, effect=effect), axis=1)[:, 0]
    return np.mean([paired_p(row) < 0.05 for row in differences.tolist()])


def test_an_effect_as_large_as_the_margin_is_called_equivalent_in_at_most_5_percent():
    differences = np.diff(studies(seeds=10, effect=2.0), axis=1)[:, 0]
    called = np.mean([equivalence_p(row, margin=2.0) < 0.05 for row in differences.tolist()])
    assert 0.04 <= called <= 0.06


def test_an_interval_of_an_interaction_covers_the_truth():
    covered = 0
    for neither, first, second, both in studies(levels=3):
        points = [
            DesignPoint(levels={"a": a, "b": b}, scores=by_seed(scores))
            for a, b, scores in (
                ("0", "0", neither),
                ("1", "0", first + 0.4),
                ("0", "1", second - 0.2),
                ("1", "1", both + 0.4 - 0.2 + TRUE_EFFECT),
            )
        ]
        (found,) = interactions(points, {"a": "0", "b": "0"})
        covered += found.tested.effect.low <= TRUE_EFFECT <= found.tested.effect.high
    assert 0.94 <= covered / REPEATS <= 0.96


def test_intervals_of_interactions_fitted_to_a_fraction_cover_the_truth():
    runs, baseline = fraction(5, 5), dict.fromkeys("abcde", "0")
    places = [dict(zip("abcde", map(str, run), strict=True)) for run in runs]
    shift = np.array([0.5 * a - b + 0.4 * d + TRUE_EFFECT * a * b for a, b, _, d, _ in runs])
    rng, covered = np.random.default_rng(0), []
    for _ in range(REPEATS // 10):
        scores = rng.normal(0, 2, 5) + rng.normal(shift[:, None], 1, (16, 5))
        points = [DesignPoint(levels=p, scores=by_seed(row)) for p, row in zip(places, scores, strict=True)]
        for found in fitted_interactions(points, baseline):
            truth = TRUE_EFFECT if [*found.changes] == ["a", "b"] else 0
            covered.append(found.tested.effect.low <= truth <= found.tested.effect.high)
    assert len(covered) == REPEATS
    assert 0.94 <= np.mean(covered) <= 0.96
