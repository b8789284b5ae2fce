"""How well schedules agree, from evaluations alone."""

import math

import pytest

from moat_lab.analysis.calibration import calibration_table, cheapest_trusted


@pytest.fixture
def runs_of(plan, make, run):
    """Schedule -> top-1 of a, b and c for each seed, and the seconds of a training."""

    def made(**schedules):
        asked = plan(make("a"), make("b"), make("c"))
        return {
            name: (
                asked,
                [
                    run(network, seed, score, train_s=train_s)
                    for seed, row in enumerate(rows)
                    for network, score in zip("abc", row, strict=True)
                ],
            )
            for name, (rows, train_s) in schedules.items()
        }

    return made


def test_a_schedule_agrees_as_far_as_it_orders_the_networks_alike(runs_of):
    table = calibration_table(
        runs_of(
            long=([(0.7, 0.8, 0.9)], 10.0), same=([(0.2, 0.3, 0.4)], 2.0), reverse=([(0.9, 0.8, 0.7)], 1.0)
        )
    )
    assert table["schedule"].tolist() == ["long", "same", "reverse"]
    assert table["tau"].tolist() == pytest.approx([1.0, 1.0, -1.0])
    assert table["networks"].tolist() == [3, 3, 3]
    assert table.loc[1, ["train_s", "score_low", "score_high"]].tolist() == [2.0, 0.2, 0.4]
    assert cheapest_trusted(table) == "same"


def test_means_over_seeds_are_compared_and_seeds_with_each_other(runs_of):
    table = calibration_table(
        runs_of(long=([(0.7, 0.8, 0.9)] * 2, 10.0), noisy=([(0.1, 0.6, 0.9), (0.3, 0.2, 0.9)], 1.0))
    )
    assert table["tau"].tolist() == pytest.approx([1.0, 1.0])
    assert table["seeds_tau"].tolist() == pytest.approx([1.0, 1 / 3])


def test_without_one_that_agrees_none_is_named(runs_of):
    assert cheapest_trusted(calibration_table(runs_of(long=([(1.0, 0.5, 0.2)], 9.0)))) is None
    assert cheapest_trusted(calibration_table({})) is None


def test_networks_that_only_one_schedule_has_are_left_out(runs_of):
    runs = runs_of(long=([(0.7, 0.8, 0.9)], 9.0), short=([(0.1, 0.2, None)], 1.0))
    table = calibration_table(runs)
    assert table["networks"].tolist() == [3, 2]
    assert math.isnan(table["tau"][1])
