import pytest

from moat_lab import parse
from moat_lab.records import Rungs
from moat_lab.search.candidates import Candidates
from moat_lab.search.samplers import SAMPLERS
from moat_lab.search.simulate import simulate
from tests.unit.search.conftest import planted, price

SLOW = {"gp": 14}
"""Trials of samplers that take a second for each."""


@pytest.mark.parametrize("workers", [1, 8])
@pytest.mark.parametrize("name", SAMPLERS)
def test_no_sampler_trains_beyond_the_limits_or_twice(agenda_of, candidates, name, workers):
    trials = SLOW.get(name, 60)
    agenda = agenda_of(name, trials=trials)
    ended = simulate(agenda, planted(agenda), workers=workers)
    assert len({e.task for e in ended}) == len(ended) == trials
    assert all(agenda.variants[e.task.key].macs <= 400_000 for e in ended)


def test_all_of_a_small_space_is_trained_once_and_then_there_is_no_more(agenda_of):
    space = parse("stem(4) | n x mbconv @w for 16px where n in 1..3, w in {8, 16}")
    agenda = agenda_of("random", within=Candidates(space=space, limits={}, price=price()), trials=100)
    assert len(simulate(agenda, planted(agenda))) == 6
    assert agenda.ask() is None


def test_networks_to_start_with_come_first_in_the_space_or_not(agenda_of):
    start = ("stem(4) | 2x mlp @8 | 1x mbconv @8 | 1x mbconv @4 for 16px", "stem(8) | 1x mbconv @8 for 16px")
    agenda = agenda_of(start=start, trials=3)
    simulate(agenda, planted(agenda))
    chosen = list(agenda.variants.values())
    assert tuple(variant.network for variant in chosen[:2]) == start
    assert chosen[0].factors == {"order": "mlp", "n": "2", "a": "8", "b": "8", "c": "4"}
    assert chosen[1].factors == {}


def test_optuna_is_told_the_mean_over_seeds(agenda_of):
    agenda = agenda_of(seeds=(0, 1), trials=2)
    scores = {0: 0.5, 1: 0.7}
    simulate(agenda, lambda task: scores[task.seed])
    assert [trial.values[0] for trial in agenda.study.trials] == pytest.approx([0.6, 0.6])


def test_a_failed_training_fails_its_trial_and_the_search_goes_on(agenda_of):
    agenda = agenda_of(trials=3)
    answers = iter([None, 0.5, 0.6])
    simulate(agenda, lambda task: next(answers))
    assert [trial.state.name for trial in agenda.study.trials] == ["FAIL", "COMPLETE", "COMPLETE"]


def test_with_rungs_few_networks_are_trained_to_the_end(agenda_of):
    agenda = agenda_of("random", trials=27, rungs=Rungs(epochs=(1, 3), keep=1 / 3))
    until = [e.task.until for e in simulate(agenda, planted(agenda), workers=4)]
    assert [until.count(epoch) for epoch in (1, 3, 9)] == [27, 9, 3]


def test_a_search_with_rungs_ends_where_everything_fails(agenda_of):
    agenda = agenda_of(trials=5, rungs=Rungs(epochs=(1,), keep=0.5))
    assert len(simulate(agenda, lambda task: None)) == 5


def test_closing_leaves_no_trial_running(agenda_of):
    agenda = agenda_of(trials=3)
    agenda.ask()
    agenda.close()
    assert {trial.state.name for trial in agenda.study.trials} == {"FAIL"}


def test_equal_searches_choose_equally(agenda_of):
    first, second = agenda_of(), agenda_of()
    simulate(first, planted(first))
    simulate(second, planted(second))
    assert list(first.variants) == list(second.variants)
