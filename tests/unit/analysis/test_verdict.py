"""A verdict says what an effect allows to say, and no more."""

import math

import pytest

from moat_lab.analysis import Interval, verdict

ABOVE_ZERO = Interval(mean=0.2, low=0.1, high=0.3, n=5)
AROUND_ZERO = Interval(mean=0.1, low=-0.1, high=0.3, n=5)


@pytest.mark.parametrize(
    ("low", "high", "n", "said"),
    [
        (0.1, 0.3, 2, "better"),
        (-0.3, -0.1, 2, "worse"),
        (-0.1, 0.3, 2, "not distinguishable"),
        (0.0, 0.0, 5, "not distinguishable"),
        (math.nan, math.nan, 1, "too few seeds"),
        (math.nan, math.nan, 0, "too few seeds"),
    ],
)
def test_the_verdict_is_whether_the_interval_excludes_zero(low, high, n, said):
    assert verdict(Interval(mean=(low + high) / 2, low=low, high=high, n=n)) == said


def test_an_adjusted_p_decides_against_the_interval_of_the_effect_alone():
    assert verdict(ABOVE_ZERO, p=0.06) == "not distinguishable"
    assert verdict(ABOVE_ZERO, p=0.04) == "better"
    assert verdict(Interval(mean=-0.2, low=-0.3, high=-0.1, n=5), p=0.04) == "worse"


def test_an_effect_surely_within_the_margin_is_equivalent():
    assert verdict(AROUND_ZERO, p=0.5, equivalence_p=0.04) == "equivalent"
    assert verdict(AROUND_ZERO, p=0.5, equivalence_p=0.06) == "not distinguishable"


def test_an_effect_that_is_there_but_too_small_to_matter_is_equivalent():
    assert verdict(ABOVE_ZERO, p=0.01, equivalence_p=0.01) == "equivalent"


def test_more_confidence_asks_for_a_smaller_p():
    assert verdict(ABOVE_ZERO, p=0.04, confidence=0.99) == "not distinguishable"


def test_one_seed_has_no_verdict_whatever_the_margin():
    one = Interval(mean=0.0, low=math.nan, high=math.nan, n=1)
    assert verdict(one, p=math.nan, equivalence_p=math.nan) == "too few seeds"
