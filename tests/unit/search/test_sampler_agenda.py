import math

import pytest

from benchmarks.simulation import simulate
from moat_lab import parse
from moat_lab.records import Pruning, Rungs, Screen
from moat_lab.search.candidates import Candidates
from moat_lab.search.sampler_agenda import Screening
from moat_lab.search.samplers import SAMPLERS
from tests.unit.search.conftest import INPUTS, planted

SLOW = {"gp": 14}
"""Trials of samplers that take a second for each."""


@pytest.mark.parametrize("workers", [1, 8])
@pytest.mark.parametrize("name", SAMPLERS)
def test_no_sampler_trains_beyond_the_limits_or_twice(agenda_of, candidates, name, workers):
    trials = SLOW.get(name, 60)
    agenda = agenda_of(name, trials=trials)
    ended = simulate(agenda, planted(agenda), workers=workers)
    assert len({e.request for e in ended}) == len(ended) == trials
    assert all(agenda.variants[e.request.key].costs["macs"] <= 400_000 for e in ended)


def test_all_of_a_small_space_is_trained_once_and_then_there_is_no_more(agenda_of):
    space = parse("stem(4) | n x mbconv @w for 16px where n in 1..3, w in {8, 16}")
    agenda = agenda_of("random", within=Candidates(space=space, limits={}, inputs=INPUTS), trials=100)
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
    simulate(agenda, lambda request: {"top1": scores[request.seed]})
    assert [trial.values[0] for trial in agenda.study.trials] == pytest.approx([0.6, 0.6])


def test_a_failed_training_fails_its_trial_and_the_search_goes_on(agenda_of):
    agenda = agenda_of(trials=3)
    answers = iter([{}, {"top1": 0.5}, {"top1": 0.6}])
    simulate(agenda, lambda request: next(answers))
    assert [trial.state.name for trial in agenda.study.trials] == ["FAIL", "COMPLETE", "COMPLETE"]


def test_with_rungs_few_networks_are_trained_to_the_end(agenda_of):
    agenda = agenda_of("random", trials=27, rungs=Rungs(epochs=(1, 3), keep=1 / 3))
    epochs = [e.request.epochs for e in simulate(agenda, planted(agenda), workers=4)]
    assert [epochs.count(epoch) for epoch in (1, 3, 9)] == [27, 9, 3]


def test_a_search_with_rungs_ends_where_everything_fails(agenda_of):
    agenda = agenda_of(trials=5, rungs=Rungs(epochs=(1,), keep=0.5))
    assert len(simulate(agenda, lambda request: {})) == 5


def test_equal_searches_choose_equally(agenda_of):
    first, second = agenda_of(), agenda_of()
    simulate(first, planted(first))
    simulate(second, planted(second))
    assert list(first.variants) == list(second.variants)


def test_a_network_beyond_a_measured_limit_is_no_trial(agenda_of):
    agenda = agenda_of("random", trials=10, limits={"latency_ms": 2.0})
    ended = simulate(agenda, planted(agenda), workers=3)
    assert len(agenda.variants) == 10
    assert max(variant.costs["macs"] for variant in agenda.variants.values()) <= 200_000
    assert all(agenda.networks[key].costs["macs"] > 200_000 for key in agenda.rejected)
    assert {e.request.key for e in ended if e.request.epochs} == set(agenda.variants)
    assert len(agenda.rejected) > 0


def test_a_limit_that_nothing_keeps_ends_the_search(agenda_of):
    agenda = agenda_of("random", trials=2, limits={"latency_ms": 1e-6})
    assert len(simulate(agenda, planted(agenda))) == len(agenda.rejected) == 40


def test_a_measured_cost_is_an_objective(agenda_of):
    agenda = agenda_of("nsga2", trials=3, objectives=("top1", "latency_ms"))
    simulate(agenda, planted(agenda))
    told = {trial.values[1] for trial in agenda.study.trials if trial.values}
    assert told == {variant.costs["macs"] / 1e5 for variant in agenda.variants.values()}


def test_a_screen_lets_about_its_share_through_the_largest_scores(agenda_of):
    agenda = agenda_of("random", trials=20, screen=Screen(score="synflow", keep=0.5))
    simulate(agenda, planted(agenda), workers=2)
    assert len(agenda.variants) == 20
    assert 12 <= len(agenda.rejected) <= 30
    sizes = [variant.costs["params"] for variant in agenda.variants.values()]
    assert min(sizes[10:]) > max(sorted(agenda.networks[key].costs["params"] for key in agenda.rejected)[:10])


def test_networks_to_start_with_pass_any_screen(agenda_of):
    start = ("stem(4) | 1x mlp @4 | 1x mbconv @4 | 1x mbconv @4 for 16px",)
    search = {"start": start, "trials": 4, "screen": Screen(score="no score", keep=0.01)}
    agenda = agenda_of("random", **search)
    simulate(agenda, planted(agenda))
    assert start[0] in {variant.network for variant in agenda.variants.values()}


@pytest.mark.parametrize("name", ["median", "hyperband"])
def test_a_pruner_gives_up_what_looks_bad_early(agenda_of, name):
    pruning = Pruning(epochs=(1, 3), pruner={"name": name})
    agenda = agenda_of("tpe", objectives=("top1",), trials=20, seeds=(0, 1), pruning=pruning)
    ended = simulate(agenda, planted(agenda), workers=2)
    epochs = [e.request.epochs for e in ended]
    states = [trial.state.name for trial in agenda.study.trials]
    assert epochs.count(1) == 40
    assert 2 * states.count("COMPLETE") == epochs.count(9)
    assert states.count("PRUNED") == 20 - states.count("COMPLETE") > 0
    assert len({e.request for e in ended}) == len(ended)


def test_proposals_in_vain_are_counted_by_their_reason(agenda_of, candidates):
    space = parse("stem(4) | n x mbconv @w for 16px where n in 1..3, w in {8, 16}")
    small = agenda_of("random", within=Candidates(space=space, limits={}, inputs=INPUTS), trials=100)
    simulate(small, planted(small))
    assert small.proposals.infeasible == 0
    assert small.proposals.duplicates > 0
    tight = agenda_of("random", trials=10)
    simulate(tight, planted(tight))
    assert tight.proposals.infeasible == sum(t.state.name == "FAIL" for t in tight.study.trials) > 0
    assert tight.proposals.duplicates == 0


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
