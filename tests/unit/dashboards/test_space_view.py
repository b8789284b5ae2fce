"""What a space's networks cost, as values."""

import random

import numpy as np
import pytest

import moat_lab
from dashboards.ink import LIGHT
from dashboards.setting import Setting
from dashboards.space_figure import histogram, space_figure
from dashboards.space_view import extremes, factor_table, feasible, one_of, read_budgets, sample
from moat_lab.errors import UserError

SETTING = Setting(num_classes=10, in_chans=1)
SMALL = moat_lab.parse(
    "stem(8) | 1x mbconv @w | 1x f @16 for 16px where w in {8, 16, 24}, f in {mbconv, attn(head=8)}"
)
LARGE = moat_lab.parse(
    "stem(8) | n x mbconv(kernel=k) @w | m x f @2v for 16px where n in 1..20, k in {3, 5, 7}, w in 8..80:8, "
    "m in 1..20, f in {mbconv, attn(head=8)}, v in 8..80:8"
)


def params(text):
    return moat_lab.cost(text, num_classes=10, in_chans=1).params


def test_a_small_space_is_counted_whole():
    found = sample(SMALL, SETTING)
    assert (found.size, found.is_all) == (6, True)
    assert found.costs["params"].tolist() == [params(network) for network in SMALL]


def test_of_a_large_space_the_same_10000_are_drawn():
    found = sample(LARGE, SETTING)
    assert (found.size, found.is_all) == (10_000, False)
    assert np.array_equal(found.costs["macs"], sample(LARGE, SETTING).costs["macs"])
    networks = [LARGE.at(digits) for digits in found.digits[:3]]
    assert found.costs["params"][:3].tolist() == [params(network) for network in networks]


def test_extremes_of_a_small_space_are_its_ends():
    found = {(end.cost, end.end): end for end in extremes(SMALL, sample(SMALL, SETTING), SETTING)}
    counted = sorted(params(network) for network in SMALL)
    assert found["params", "least"].amount == counted[0]
    assert found["params", "most"].amount == counted[-1]
    assert found["params", "least"].network == "stem(8) | 1x mbconv @8 | 1x attn(head=8) @16 for 16px"


def test_extremes_of_a_large_space_are_found_beyond_the_drawn():
    drawn = sample(LARGE, SETTING)
    found = {(end.cost, end.end): end for end in extremes(LARGE, drawn, SETTING)}
    assert found["params", "least"].network == "stem(8) | 1x mbconv @8 | 1x attn(head=8) @16 for 16px"
    assert found["params", "most"].network == "stem(8) | 20x mbconv(kernel=7) @80 | 20x mbconv @160 for 16px"
    assert found["params", "most"].amount > drawn.costs["params"].max()


def test_a_share_keeps_every_budget():
    found = sample(SMALL, SETTING)
    middle = sorted(found.costs["params"])[3]
    assert feasible(found, {"params": middle}).mean() == pytest.approx(4 / 6)
    assert feasible(found, {"params": middle, "macs": 1}).sum() == 0
    assert feasible(found, {}).all()


def test_budgets_are_read_as_in_a_study():
    assert read_budgets("macs <= 3M, params <= 250k,") == {"macs": 3e6, "params": 250e3}
    assert read_budgets(" ") == {}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("mac <= 3M", "constraints: there is no cost 'mac'\n  did you mean 'macs'?"),
        ("macs < 3M", "constraints: 'macs < 3M' is not one"),
        ("latency_ms <= 5", "budgets here are for what is known before anything is built; got latency_ms"),
    ],
)
def test_a_budget_that_is_none_is_said(text, message):
    with pytest.raises(UserError) as error:
        read_budgets(text)
    assert str(error.value).startswith(message)


def test_a_seed_draws_what_the_space_draws():
    assert one_of(LARGE, 7) == LARGE.sample(random.Random(7))


def test_factors_are_listed_with_their_levels():
    assert factor_table(SMALL).values.tolist() == [
        ["w", 3, "8..24:8"],
        ["f", 2, "{mbconv, attn(head=8)}"],
    ]


def test_a_histogram_counts_within_and_beyond_apart():
    values, kept = np.array([1e6, 1e6, 2e6, 4e6]), np.array([True, True, True, False])
    view = histogram(values, kept, cost="macs", budget=3e6)
    assert (view.axis, view.budget) == ("cost (MMACs)", 3.0)
    assert view.edges == pytest.approx((1, 2, 3, 4))
    assert (view.within, view.beyond) == ((2, 1, 0), (0, 0, 1))


@pytest.mark.parametrize(("last", "step"), [(15.02, 2), (13.0, 2), (8.0, 1), (3.2, 0.1), (102.0, 10)])
def test_ticks_of_a_histogram_are_round(last, step):
    values = np.array([2.4, last]) * 1e9
    view = histogram(values, np.array([True, True]), cost="macs", budget=None)
    axis = space_figure(view, LIGHT).layout.xaxis
    assert (axis.tick0, axis.dtick) == (0, pytest.approx(step))


def test_a_space_of_one_cost_has_a_histogram():
    figure = space_figure(
        histogram(np.array([5.0, 5.0]), np.array([True, True]), cost="macs", budget=9), LIGHT
    )
    assert list(figure.data[0].y) == [2]
    assert not figure.layout.shapes
