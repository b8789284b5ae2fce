"""Cells, looks and learn-or-fail tasks: small versions of benchmarks/simulations.py, with fixed seeds."""

import numpy as np
import pytest

from moat_lab.analysis import detectable_effect, holm
from moat_lab.analysis.estimate import blocked_estimate
from moat_lab.analysis.power import freedom_over_cells
from moat_lab.analysis.spending import level_of_look
from moat_lab.analysis.success import difference_p, power_of_difference, rate_difference

LOOKS = (3, 5, 10)


def over_cells(rng, spread, seeds, effect=0.0):
    """(4 cells, seeds) differences of one variant."""
    return (effect + rng.normal(0, 1, (4, seeds)) * np.array(spread)[:, None]).tolist()


@pytest.mark.parametrize("spread", [(1, 1, 1, 1), (0.5, 1, 2, 4)], ids=["equal", "unequal"])
@pytest.mark.parametrize("seeds", [3, 5])
def test_an_interval_over_cells_covers_the_mean_however_they_spread(seeds, spread):
    rng = np.random.default_rng(seeds)
    intervals = [blocked_estimate(over_cells(rng, spread, seeds)).interval() for _ in range(1000)]
    assert 0.93 <= np.mean([i.low <= 0 <= i.high for i in intervals]) <= 0.97


@pytest.mark.parametrize(("seeds", "within"), [(3, 0.03), (5, 0.03)])
def test_the_power_that_a_design_over_cells_states_is_what_it_has(seeds, within):
    rng, freedom = np.random.default_rng(seeds), freedom_over_cells(seeds, 4)
    effect = detectable_effect(1.0, 4 * seeds, freedom=freedom)
    ps = [blocked_estimate(over_cells(rng, (1, 1, 1, 1), seeds, effect)).p() for _ in range(1000)]
    assert np.mean(np.array(ps) < 0.05) == pytest.approx(0.8, abs=within)


@pytest.fixture(scope="module")
def least_p():
    """(400, looks) the least p after Holm of four variants without effect, on one baseline, at each look."""
    rng = np.random.default_rng(0)
    rows = rng.normal(0, 1, (400, 4, LOOKS[-1])) - rng.normal(0, 1, (400, 1, LOOKS[-1]))
    return np.array(
        [[holm([blocked_estimate([row[:n].tolist()]).p() for row in of]).min() for n in LOOKS] for of in rows]
    )


@pytest.mark.parametrize("planned", [LOOKS, ()], ids=["planned", "not planned"])
def test_looks_keep_the_familywise_error_whether_they_were_planned_or_not(least_p, planned):
    levels = [level_of_look(k, planned) for k in range(len(LOOKS))]
    assert (least_p < levels).any(axis=1).mean() <= 0.05
    assert (least_p < 0.05).any(axis=1).mean() > 0.08  # 5 % at each look


def test_shares_that_learn_have_intervals_that_cover_and_tests_that_hold():
    seeds, rng, held, wrong = 5, np.random.default_rng(5), [], []
    for first, second in rng.uniform(0, 1, (800, 2)):
        counts = (int(rng.binomial(seeds, first)), seeds), (int(rng.binomial(seeds, second)), seeds)
        interval = rate_difference(*counts)
        held.append(interval.low <= first - second <= interval.high)
        same = (int(rng.binomial(seeds, first)), seeds)
        wrong.append(difference_p(counts[0], same) < 0.05)
    assert 0.93 <= np.mean(held) <= 0.97
    assert np.mean(wrong) <= 0.05


def test_the_power_of_a_test_of_shares_is_what_it_has():
    rng = np.random.default_rng(0)
    pairs = zip(rng.binomial(5, 0.9, 4000), rng.binomial(5, 0.1, 4000), strict=True)
    found = np.mean([difference_p((int(a), 5), (int(b), 5)) < 0.05 for a, b in pairs])
    assert found == pytest.approx(power_of_difference((0.9, 5), (0.1, 5), confidence=0.95), abs=0.02)
