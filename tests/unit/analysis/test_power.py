"""Power of a paired t test, checked against printed tables and scipy's noncentral t."""

import math

import pytest
from scipy import stats
from statsmodels.stats.power import TTestPower

from moat_lab.analysis import detectable_effect, power_of, required_seeds


def test_seeds_are_those_of_printed_tables():
    # G*Power, one-sample t, two-sided 5 %, power 80 %: effects of 0.5, 0.8, 1, 2 deviations
    assert [required_seeds(1, effect) for effect in (0.5, 0.8, 1, 2)] == [34, 15, 10, 5]


def test_only_the_ratio_to_the_deviation_counts():
    assert required_seeds(0.01, 0.005) == required_seeds(2.0, -1.0) == 34


def test_the_power_is_scipys_noncentral_t():
    bound, distance = stats.t.ppf(0.975, 4), 0.7 * math.sqrt(5) / 0.5
    exact = stats.nct.sf(bound, 4, distance) + stats.nct.cdf(-bound, 4, distance)
    assert power_of(5, 0.7, sd=0.5) == pytest.approx(exact)
    assert power_of(5, -0.7, sd=0.5) == pytest.approx(exact)


@pytest.mark.parametrize("effect", [0.1, 0.5, 1])
@pytest.mark.parametrize("n", [3, 5, 10, 30])
def test_the_power_is_that_of_statsmodels(n, effect):
    assert power_of(n, effect, sd=1) == pytest.approx(TTestPower().power(effect, n, 0.05), abs=1e-9)


def test_no_effect_is_shown_in_5_percent():
    assert power_of(5, 0.0, sd=0.5) == pytest.approx(0.05)


@pytest.mark.parametrize(("n", "effect"), [(2, 11.55), (3, 3.264), (5, 1.682), (10, 0.996), (100, 0.2829)])
def test_few_seeds_show_only_large_effects(n, effect):
    assert detectable_effect(1.0, n) == pytest.approx(effect, rel=1e-3)
    assert power_of(n, detectable_effect(1.0, n), sd=1.0) == pytest.approx(0.8)


def test_the_detectable_effect_takes_just_these_seeds():
    assert required_seeds(0.02, 1.001 * detectable_effect(0.02, 5)) == 5
    assert required_seeds(0.02, 0.999 * detectable_effect(0.02, 5)) == 6


def test_a_very_small_effect_takes_very_many_seeds():
    assert required_seeds(1.0, 0.001) == 7_848_863


def test_without_deviation_two_seeds_show_everything():
    assert required_seeds(0.0, 0.001) == 2
    assert detectable_effect(0.0, 2) == 0


def test_one_seed_shows_nothing():
    assert math.isnan(detectable_effect(1.0, 1))
    assert math.isnan(power_of(1, 1.0, sd=1.0))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: required_seeds(1.0, 0.0), "an effect other than 0 is needed; got 0.0"),
        (lambda: required_seeds(-1.0, 1.0), "a deviation of 0 or more is needed; got -1.0"),
        (lambda: detectable_effect(math.nan, 5), "a deviation of 0 or more is needed; got nan"),
        (lambda: detectable_effect(1.0, 5, power=1.0), "a power between 0.05 and 1 is needed; got 1.0"),
        (lambda: power_of(5, 1.0, sd=0.0), "a deviation above 0 is needed; got 0.0"),
    ],
)
def test_what_has_no_answer_is_an_error(call, message):
    with pytest.raises(ValueError, match=message):
        call()
