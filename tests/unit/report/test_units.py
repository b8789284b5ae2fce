"""Numbers as people read them."""

import math

import pytest

from moat_lab.errors import UserError
from moat_lab.report.units import (
    count,
    duration,
    in_points,
    percent,
    points,
    probability,
    read_points,
    si,
    span,
)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (950, "950"),
        (1000, "1 k"),
        (12_300_000, "12.3 M"),
        (999_999, "1 M"),
        (5_700_000_000, "5.7 G"),
        (2.5e12, "2.5 T"),
    ],
)
def test_large_numbers_have_three_digits_and_a_prefix(value, text):
    assert si(value) == text


def test_percent_shows_its_interval_where_there_is_one():
    assert percent(0.923, 0.918, 0.928) == "92.3 [91.8, 92.8]"
    assert percent(0.923, math.nan, math.nan) == "92.3"
    assert percent(math.nan) == "–"


@pytest.mark.parametrize(("fraction", "text"), [(0.01, "1 point"), (0.005, "0.5 points"), (0.02, "2 points")])
def test_a_size_in_points_has_the_number_of_its_noun(fraction, text):
    assert in_points(fraction) == text


def test_points_are_signed():
    assert points(0.0042, -0.001, 0.0094) == "+0.42 [-0.10, +0.94]"
    assert points(-0.0042) == "-0.42"
    assert points(math.nan, math.nan, math.nan) == "–"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0 s"), (42.4, "42 s"), (300, "5 min"), (3900, "1 h 5 min"), (3599, "1 h 0 min")],
)
def test_durations_have_at_most_two_units(seconds, text):
    assert duration(seconds) == text


def test_one_is_singular():
    assert [count(n, "seed") for n in (0, 1, 2)] == ["0 seeds", "1 seed", "2 seeds"]


def test_a_small_probability_is_a_bound():
    assert [probability(p) for p in (0.0341, 0.0009, 1.0, math.nan)] == ["0.034", "< 0.001", "1.000", "–"]


def test_a_span_without_width_is_one_number():
    assert [span(0.001, 0.004, "{:.2f}"), span(3, 5, "{}")] == ["0.00", "3 to 5"]


def test_points_of_percent_become_a_fraction():
    assert [read_points("0.5pt"), read_points(" 100 pt ")] == [0.005, 1.0]


@pytest.mark.parametrize("text", ["0pt", "0.5", "-1pt", "100.1pt", "٣pt", "nanpt", "9" * 400 + "pt"])
def test_what_is_no_share_of_all_is_no_points(text):
    with pytest.raises(UserError, match=r"points of percent above 0, up to 100, are needed, such as 0\.5pt"):
        read_points(text)
