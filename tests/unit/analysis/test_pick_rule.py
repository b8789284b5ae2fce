"""The cheapest network within one standard error of the best, and the sentence that says so."""

import math
from typing import Any

import pandas as pd
import pytest

from moat_lab.analysis import Pick, pick_network
from moat_lab.errors import UserError


def network(key: str, macs: int, score: float, **fields: Any) -> dict[str, Any]:
    known = {"params": 100, "activations": 10, "seeds": 4, "score_sd": 0.02, "score_error": 0.01}
    return (
        known
        | {"key": key, "network": f"net {key}", "macs": macs, "score": score, "score_shrunken": score}
        | fields
    )


UNKNOWN = {"seeds": 1, "score_sd": math.nan, "score_shrunken": math.nan, "score_error": math.nan}


def table(*rows: dict[str, Any]) -> pd.DataFrame:
    return pd.DataFrame(list(rows))


FOUR = table(
    network("dear", 400, 0.942),
    network("chosen", 200, 0.935),
    network("worse", 100, 0.92),
    network("waiting", 50, math.nan, **UNKNOWN | {"seeds": 0}),
)


def error_of(*arguments: Any, **named: Any) -> str:
    with pytest.raises(UserError) as caught:
        pick_network(*arguments, **named)
    return str(caught.value)


def test_the_cheapest_within_one_standard_error_is_picked():
    assert pick_network(FOUR, {}) == Pick(
        chosen="chosen",
        best="dear",
        threshold=pytest.approx(0.932),
        standard_error=pytest.approx(0.01),
        competitors=3,
        within=2,
        limited=False,
    )


def test_a_network_over_a_limit_does_not_compete_and_one_at_it_does():
    found = pick_network(FOUR, {"macs": 200, "params": 100})
    assert (found.chosen, found.best, found.competitors, found.within) == ("chosen", "chosen", 2, 1)


def test_another_cost_may_be_the_one_that_counts():
    rows = table(network("a", 1, 0.9, latency_ms=9.0), network("b", 2, 0.9, latency_ms=3.5))
    assert pick_network(rows, {}).chosen == "a"
    assert pick_network(rows, {}, cost="latency_ms").chosen == "b"


def test_a_cost_that_was_not_measured_is_over_its_limit():
    rows = table(network("a", 1, 0.99, latency_ms=math.nan), network("b", 2, 0.9, latency_ms=3.5))
    assert pick_network(rows, {"latency_ms": 4}).best == "b"


def test_what_counts_is_the_shrunken_mean_of_all_and_the_error_of_the_best():
    lucky = network("lucky", 300, 0.96, score_shrunken=0.93, score_error=0.03)
    rows = table(lucky, network("sure", 200, 0.945, score_shrunken=0.94), network("near", 100, 0.931))
    assert pick_network(rows, {}) == Pick(
        chosen="near",
        best="sure",
        threshold=pytest.approx(0.93),
        standard_error=0.01,
        competitors=3,
        within=3,
        limited=False,
    )


def test_a_table_without_shrunken_means_has_no_standard_error():
    rows = FOUR.drop(columns=["score_shrunken", "score_error"])
    found = pick_network(rows, {})
    assert (found.chosen, found.within) == ("dear", 1)
    assert math.isnan(found.standard_error)


@pytest.mark.parametrize(
    ("fields", "chosen"),
    [({}, "a"), ({"params": 99}, "b"), ({"params": 99, "macs": 101}, "a"), ({"key": "0"}, "0")],
)
def test_ties_go_to_the_lower_cost_then_fewer_params_then_the_key(fields, chosen):
    rows = [network("a", 100, 0.9), network("b", 100, 0.9) | fields]
    for order in (rows, rows[::-1]):
        found = pick_network(table(*order), {})
        assert (found.chosen, found.best) == (chosen, chosen)


def test_without_two_seeds_the_best_is_taken_itself():
    rows = table(
        network("a", 300, 0.9, **UNKNOWN),
        network("b", 200, 0.9, **UNKNOWN),
        network("c", 100, 0.899, **UNKNOWN),
    )
    found = pick_network(rows, {"macs": 500})
    assert (found.chosen, found.threshold, found.within) == ("b", 0.9, 2)
    assert math.isnan(found.standard_error)


def test_the_index_of_the_table_does_not_matter():
    assert pick_network(FOUR.set_axis([0, 0, 0, 0]), {"macs": 400}).chosen == "chosen"


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        (
            {},
            "3 of 17 networks under the budget are within one standard error (0.42 points) of the best, "
            "94.1 % shrunken; this is the cheapest of them.",
        ),
        (
            {"limited": False},
            "3 of 17 networks are within one standard error (0.42 points) of the best, 94.1 % shrunken; "
            "this is the cheapest of them.",
        ),
        (
            {"within": 1},
            "Of 17 networks under the budget no other is within one standard error (0.42 points) of the "
            "best, 94.1 % shrunken; this is the best itself.",
        ),
        (
            {"standard_error": math.nan, "threshold": 0.941, "within": 1},
            "No network has two seeds, so the standard error is unknown. "
            "This is the best of 17 networks under the budget, 94.1 %.",
        ),
        (
            {"standard_error": math.nan, "threshold": 0.941, "within": 2},
            "No network has two seeds, so the standard error is unknown. "
            "This is the best of 17 networks under the budget, 94.1 %, "
            "and the cheapest of the 2 that share it.",
        ),
        (
            {"competitors": 1, "within": 1},
            "One network is under the budget: this one, 94.1 % shrunken.",
        ),
        (
            {"competitors": 1, "within": 1, "standard_error": math.nan, "threshold": 0.941, "limited": False},
            "One network has finished: this one, 94.1 %.",
        ),
    ],
)
def test_the_reason_is_a_sentence(fields, sentence):
    known = {"chosen": "a", "best": "b", "threshold": 0.9368, "standard_error": 0.0042}
    assert Pick(**(known | {"competitors": 17, "within": 3} | fields)).reason() == sentence


def test_nothing_under_the_budget_names_the_nearest():
    rows = table(
        network("a", 3_000_000, 0.9, params=100),
        network("b", 1_000_000, 0.9, params=270),
        network("c", 1_200_000, 0.9, params=240),
        network("d", 1_000_000, math.nan, params=201, seeds=0),
    )
    assert error_of(rows.set_axis([0] * 4), {"macs": 1_000_000, "params": 200}) == (
        "a network with macs of at most 1,000,000, params of at most 200 is needed; "
        "got 3 finished, none under the budget.\n"
        "  nearest: c (net c) with macs 1,200,000, 20.0 % too many, params 240, 20.0 % too many"
    )


def test_a_budget_of_what_nobody_measured_says_so():
    rows = table(network("a", 1, 0.9, latency_ms=math.nan))
    assert error_of(rows, {"macs": 5, "latency_ms": 2.5}) == (
        "a network with macs of at most 5, latency_ms of at most 2.5 is needed; "
        "got 1 finished, none under the budget.\n"
        "  no network has all of these measured; leave out latency_ms, or measure"
    )


@pytest.mark.parametrize(("limits", "cost"), [({"mac": 5.0}, "macs"), ({}, "mac")])
def test_an_unknown_cost_names_the_nearest(limits, cost):
    assert error_of(FOUR, limits, cost=cost) == (
        "a cost of the networks is needed; got 'mac'.\n"
        "  did you mean 'macs'? the table has: params, activations, macs"
    )


@pytest.mark.parametrize("name", ["latency_ms", "score", "key", "seeds"])
def test_what_is_no_cost_of_the_table_is_no_limit(name):
    assert f"got '{name}'" in error_of(FOUR, {name: 1.0})


@pytest.mark.parametrize("most", [0, -1, math.nan])
def test_a_limit_is_above_zero(most):
    assert error_of(FOUR, {"macs": most}) == (
        f"macs: a limit above 0 is needed; got {most}.\n  leave it out for no limit"
    )


def test_nothing_finished_says_so():
    assert error_of(FOUR[3:], {}) == (
        "at least one finished network is needed to pick from; got 1 without a score.\n"
        "  wait for a first training to finish, or start the study"
    )
