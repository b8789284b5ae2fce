from itertools import islice

import pytest

from moat_lab.search.agenda import Request
from moat_lab.search.simulation import Ended, simulate, trainings


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
