import random

import pytest

from benchmarks.simulation import simulate
from moat_lab.records import Rungs, Screen
from moat_lab.search.agenda import MEASURE
from moat_lab.search.ordered_agenda import OrderedAgenda
from tests.unit.search.conftest import planted

SETTINGS = {
    "plain": {},
    "rungs": {"rungs": Rungs(epochs=(1, 3), keep=0.34), "seeds": (0, 1)},
    "screen": {"screen": Screen(score="synflow", keep=0.5), "scores": True},
}


def trained(agenda, *, workers, seed):
    """What a search trained, in the order in which it was decided, and what its sampler was told."""
    rng = random.Random(seed)
    ended = simulate(agenda, planted(agenda), workers=workers, duration=lambda request: rng.uniform(1, 100))
    assert agenda.done == sum(e.request.epochs != MEASURE for e in ended)
    return list(agenda.variants), sorted((e.request.key, e.request.seed, e.request.epochs) for e in ended)


@pytest.mark.parametrize("setting", SETTINGS)
def test_a_search_is_the_same_with_any_number_of_slots(agenda_of, setting):
    def searched(workers, seed):
        search = agenda_of(trials=20, **SETTINGS[setting])
        return trained(OrderedAgenda(search, max_concurrent=4), workers=workers, seed=seed)

    once = searched(1, 0)
    assert [searched(2, 1), searched(4, 2), searched(50, 3)] == [once] * 3


def test_without_an_order_it_depends_on_when_trainings_end(agenda_of):
    assert trained(agenda_of(trials=20), workers=4, seed=1) != trained(
        agenda_of(trials=20), workers=4, seed=2
    )


def test_no_more_are_open_than_it_may(agenda_of):
    agenda = OrderedAgenda(agenda_of(), max_concurrent=3)
    requests = [agenda.ask() for _ in range(4)]
    assert requests[3] is None
    agenda.tell(requests[2], {"top1": 0.5})
    assert agenda.ask() is None, "the oldest is not there yet"
    agenda.tell(requests[0], {"top1": 0.5})
    assert agenda.ask() not in (None, *requests)
