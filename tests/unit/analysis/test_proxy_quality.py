"""What a schedule is worth as a proxy, from evaluations."""

import math
from dataclasses import replace

import pytest

from moat_lab.analysis.proxy_quality import late_gain, proxy_quality
from moat_lab.records import Epoch

SCORES = {"a": (0.90, 0.92), "b": (0.86, 0.84), "c": (0.40, 0.42)}


@pytest.fixture
def evaluations(run):
    return [run(name, s, x, train_s=4.0) for name, row in SCORES.items() for s, x in enumerate(row)]


def curve(*points):
    return tuple(
        Epoch(epoch=epoch, train_loss=1.0, val_loss=1.0, score=score, learning_rate=0.1)
        for epoch, score in points
    )


def test_networks_are_told_apart_with_and_without_the_outlier(plan, make, evaluations):
    found = proxy_quality(plan(*map(make, "abc")), evaluations, {"order": "c"})
    assert found["noise"] == pytest.approx(math.sqrt(2e-4))
    assert found["snr"] == pytest.approx(19.2916, abs=1e-3)
    assert found["snr_without"] == pytest.approx(math.sqrt(0.06**2 / 2 / 2e-4 - 1 / 2))
    assert found["snr_of_means"] == pytest.approx(found["snr_without"] * math.sqrt(2))
    assert found["snr2_per_s"] == pytest.approx(found["snr_without"] ** 2 / 4)
    assert found["snr_without_low"] == 0
    assert found["seeds"] == 2


def test_without_an_outlier_both_ratios_are_of_all(plan, make, evaluations):
    found = proxy_quality(plan(*map(make, "abc")), evaluations, {})
    assert found["snr"] == found["snr_without"] > 10


def test_the_ceiling_is_how_far_the_best_is_from_one_and_how_squeezed_the_better_half(
    plan, make, evaluations
):
    found = proxy_quality(plan(*map(make, "abc")), evaluations, {})
    assert found["headroom"] == pytest.approx(0.09)
    assert found["compression"] == pytest.approx((0.91 - 0.85) / (0.85 - 0.41))


def test_the_last_tenth_is_read_off_the_curve_between_its_points(run):
    steep = run("a", 0, 0.8, curve=curve((5, 0.4), (10, 0.8)))
    flat = run("a", 1, 0.8, curve=curve((9, 0.8), (10, 0.8)))
    assert late_gain([steep]) == pytest.approx(0.08)
    assert late_gain([run("a", 0, 0.8, curve=curve((5, 0.4), (8, 0.6), (10, 0.8)))]) == pytest.approx(0.1)
    assert late_gain([steep, flat]) == pytest.approx(0.04)
    assert math.isnan(late_gain([run("a", 0, 0.8, curve=curve((10, 0.8)))]))


def test_a_manipulation_check_is_the_mean_over_the_variants_that_have_twins(plan, make, run, evaluations):
    asked = plan(*map(make, "abc"))
    twins = {make(name).key: replace(make(name), key=key * 12) for name, key in ("a0", "b1")}
    frozen = [run("a", s, x, network_key="0" * 12) for s, x in enumerate((0.87, 0.86))]
    frozen += [run("b", s, x, network_key="1" * 12) for s, x in enumerate((0.85, 0.84))]
    found = proxy_quality(replace(asked, twins=twins), [*evaluations, *frozen], {})
    assert (found["checked"], found["in_use"]) == (2, 0)
    assert found["mechanism"] == pytest.approx(0.025)
    assert (found["mechanism_low"], found["mechanism_high"]) == pytest.approx((-0.0385, 0.0885), abs=1e-4)


def test_what_has_not_been_trained_is_nan(plan, make):
    found = proxy_quality(plan(*map(make, "abc")), [], {})
    assert found["checked"] == 0
    assert all(
        math.isnan(found[name]) for name in ("snr", "snr2_per_s", "headroom", "late_gain", "mechanism")
    )
