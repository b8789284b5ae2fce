"""What a space's networks cost, as values."""

import random
from contextlib import nullcontext
from types import SimpleNamespace

import numpy as np
import pytest
from streamlit.runtime.scriptrunner import StopException

import moat_lab
from dashboards.colours import LIGHT
from dashboards.inputs import InputSetting
from dashboards.space.histogram import cost_histogram, histogram_figure
from dashboards.space.sampling import (
    TimeBudget,
    extremes,
    factor_table,
    feasible,
    parse_budgets,
    random_network,
    sample,
)
from moat_lab.errors import UserError

SETTING = InputSetting(num_classes=10, in_chans=1)
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


def times(count):
    """A time budget of so many questions."""
    left = iter([True] * count)
    return lambda: next(left, False)


def test_where_time_is_up_the_points_so_far_are_drawn_uniformly():
    cut = sample(LARGE, SETTING, is_time_left=times(99))
    assert (cut.size, cut.is_all) == (100, False)
    assert cut.digits == sample(LARGE, SETTING).digits[:100]
    part = sample(SMALL, SETTING, is_time_left=times(2))
    assert (part.size, part.is_all) == (3, False)
    assert sorted(part.digits) == list(part.digits)
    assert part.digits != sample(SMALL, SETTING).digits[:3]


def test_extremes_end_with_the_time_at_the_best_so_far():
    drawn = sample(LARGE, SETTING, is_time_left=times(99))
    ends = extremes(LARGE, drawn, SETTING, is_time_left=times(0))
    assert {end.amount for end in ends if end.cost == "params"} == {
        drawn.costs["params"].min(),
        drawn.costs["params"].max(),
    }


def test_a_time_budget_ends_after_its_seconds():
    assert TimeBudget(60.0).is_left()
    assert not TimeBudget(0.0).is_left()


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
    assert parse_budgets("macs <= 3M, params <= 250k,") == {"macs": 3e6, "params": 250e3}
    assert parse_budgets(" ") == {}


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
        parse_budgets(text)
    assert str(error.value).startswith(message)


def test_a_seed_draws_what_the_space_draws():
    assert random_network(LARGE, 7) == LARGE.sample(random.Random(7))


def test_factors_are_listed_with_their_levels():
    assert factor_table(SMALL).values.tolist() == [
        ["w", 3, "8..24:8"],
        ["f", 2, "{mbconv, attn(head=8)}"],
    ]


def test_a_histogram_counts_within_and_beyond_apart():
    values, is_feasible = np.array([1e6, 1e6, 2e6, 4e6]), np.array([True, True, True, False])
    view = cost_histogram(values, is_feasible, cost="macs", budget=3e6)
    assert (view.axis, view.budget) == ("cost (MMACs)", 3.0)
    assert view.edges == pytest.approx((1, 2, 3, 4))
    assert (view.within, view.beyond) == ((2, 1, 0), (0, 0, 1))


@pytest.mark.parametrize(("last", "step"), [(15.02, 2), (13.0, 2), (8.0, 1), (3.2, 0.1), (102.0, 10)])
def test_ticks_of_a_histogram_are_round(last, step):
    values = np.array([2.4, last]) * 1e9
    view = cost_histogram(values, np.array([True, True]), cost="macs", budget=None)
    axis = histogram_figure(view, LIGHT).layout.xaxis
    assert (axis.tick0, axis.dtick) == (0, pytest.approx(step))


def test_a_space_of_one_cost_has_a_histogram():
    figure = histogram_figure(
        cost_histogram(np.array([5.0, 5.0]), np.array([True, True]), cost="macs", budget=9), LIGHT
    )
    assert list(figure.data[0].y) == [2]
    assert not figure.layout.shapes


@pytest.mark.parametrize("is_there", [True, False])
def test_a_calculation_ends_when_the_session_does_that_wanted_it(monkeypatch, is_there):
    runtime = SimpleNamespace(is_active_session=lambda session: is_there and session == "a")
    monkeypatch.setattr("dashboards.space.sampling.exists", lambda: True)
    monkeypatch.setattr("dashboards.space.sampling.get_instance", lambda: runtime)
    context = SimpleNamespace(session_id="a")
    monkeypatch.setattr("dashboards.space.sampling.get_script_run_ctx", lambda **given: context)
    ended = nullcontext() if is_there else pytest.raises(StopException)
    with ended:
        assert TimeBudget(60.0).is_left()
