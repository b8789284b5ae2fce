from itertools import islice

import pandas as pd
import pytest

from benchmarks.simulation import Ended, recorded_results, simulate, trainings
from moat_lab.search.agenda import Request


class Listed:
    """An agenda that asks for what it was given, and notes what it is told."""

    def __init__(self, *requests):
        self.left, self.told = list(requests), []

    def ask(self):
        return self.left.pop(0) if self.left else None

    def tell(self, request, result):
        self.told.append((request, result))


LONG, SHORT, NEXT = Request("long", 0, 9), Request("short", 0, 2), Request("next", 0, 3)


@pytest.mark.parametrize(
    ("workers", "expected"),
    [
        (1, [(LONG, 9.0), (SHORT, 11.0), (NEXT, 14.0)]),
        (2, [(SHORT, 2.0), (NEXT, 5.0), (LONG, 9.0)]),
    ],
)
def test_a_worker_that_is_done_takes_the_next_training(workers, expected):
    ended = simulate(
        Listed(LONG, SHORT, NEXT),
        lambda request: {},
        workers=workers,
        duration=lambda request: request.epochs,
    )
    assert ended == [Ended(request=request, clock=clock) for request, clock in expected]


def test_trainings_that_end_together_end_in_the_order_they_were_asked_for():
    assert [e.request for e in simulate(Listed(LONG, SHORT, NEXT), lambda request: {}, workers=3)] == [
        LONG,
        SHORT,
        NEXT,
    ]


def test_the_agenda_is_told_the_answer_also_where_there_is_none():
    agenda = Listed(LONG, SHORT)
    simulate(agenda, {LONG: {"top1": 0.9}, SHORT: {}}.get)
    assert agenda.told == [(LONG, {"top1": 0.9}), (SHORT, {})]


def test_who_has_seen_enough_asks_for_no_more():
    agenda = Listed(LONG, SHORT, NEXT)
    assert [e.request for e in islice(trainings(agenda, lambda request: {}), 1)] == [LONG]
    assert agenda.left == [SHORT, NEXT]


TABLE = pd.DataFrame(
    [
        {"key": "b", "seed": 0, "macs": 200, "top1": 0.8, "top1_epoch_3": 0.3, "top1_epoch_9": 0.8},
        {"key": "b", "seed": 1, "macs": 200, "top1": 0.6, "top1_epoch_3": 0.1, "top1_epoch_9": 0.6},
        {"key": "a", "seed": 0, "macs": 100, "top1": 0.5, "top1_epoch_3": 0.2, "top1_epoch_9": 0.5},
    ]
)


def test_a_task_is_answered_with_its_seed_at_its_epoch():
    answers = recorded_results(TABLE)
    assert answers.result(Request("b", 1, 3)) == {"top1": 0.1}
    assert answers.result(Request("b", 0, 9)) == {"top1": 0.8}


def test_a_network_truly_reaches_its_mean_over_seeds_at_the_end():
    answers = recorded_results(TABLE)
    assert answers.keys == ("b", "a")
    assert answers.losses.tolist() == [[pytest.approx(-0.7), 200], [-0.5, 100]]


def test_what_one_seed_shows_is_judged_by_the_others():
    answers = recorded_results(TABLE[TABLE["key"] == "b"], judges=[1])
    assert answers.result(Request("b", 0, 9)) == {"top1": 0.8}
    assert answers.losses.tolist() == [[-0.6, 200]]


def test_losses_come_in_the_order_of_the_networks_asked_for():
    assert recorded_results(TABLE).losses_of(["a", "b", "a"])[:, 1].tolist() == [100, 200, 100]


def test_what_was_not_recorded_has_no_answer():
    with pytest.raises(KeyError):
        recorded_results(TABLE).result(Request("a", 1, 9))
