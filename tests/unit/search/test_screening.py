import math

from moat_lab.search.screening import Screening


def test_a_score_passes_among_the_best_share_of_those_seen():
    screening = Screening(0.5)
    assert [screening.passes(s) for s in (5, 4, 6, 5, 1)] == [True, False, True, True, False]


def test_equal_scores_stand_together():
    screening = Screening(0.25)
    assert [screening.passes(2.0) for _ in range(4)] == [True, True, True, True]


def test_what_is_not_a_number_is_the_worst():
    screening = Screening(0.5)
    screening.passes(-1e9)
    assert not screening.passes(math.nan)


def test_unknown_scores_keep_nothing_and_are_counted_among_those_seen():
    screening = Screening(0.5)
    assert [screening.passes(s) for s in (math.nan, math.nan, math.nan, 1.0, 0.0)] == [
        False,
        False,
        False,
        True,
        True,
    ]
