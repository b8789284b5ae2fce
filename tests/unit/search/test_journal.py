"""A search that was killed at any moment, brought back from its journal and its evaluations."""

import os
import random

import pytest

from moat_lab.records import Pruning, Rungs, Screen
from moat_lab.search.journal import Journal, replay
from tests.unit.search.conftest import planted

RUNGS = Rungs(epochs=(1, 3), keep=0.5)


def went_on(agenda, journal, done, steps):
    """Up to `steps` answers with one worker, as `study.search` does them; True where the search ended."""
    waiting = replay(agenda, journal, done.get)
    answer = planted(agenda)
    while True:
        request = waiting.pop(0) if waiting else agenda.ask()
        if request is None:
            return True
        if request not in journal_requests(journal):
            journal.append("asked", request)
        if request not in done:
            if steps == 0:
                return False
            steps -= 1
            done[request] = answer(request)
        agenda.tell(request, done[request])
        journal.append("told", request)


def journal_requests(journal):
    return {request for event, request in journal.read() if event == "asked"}


SEARCHES = {
    "ehvi": {"rungs": RUNGS},
    "tpe": {"rungs": RUNGS, "screen": Screen(score="synflow", keep=0.5)},
    "nsga2": {"limits": {"latency_ms": 2.0}, "rungs": RUNGS},
    "random": {"objectives": ("top1",), "pruning": Pruning(epochs=(1, 3), pruner={"name": "hyperband"})},
}


@pytest.mark.parametrize("name", SEARCHES)
def test_twenty_kills_change_nothing(agenda_of, tmp_path, name):
    whole, search = {}, SEARCHES[name]
    assert went_on(agenda_of(name, **search), Journal(tmp_path / "whole.jsonl"), whole, steps=-1)
    journal, done, rng = Journal(tmp_path / "trials.jsonl"), {}, random.Random(0)
    for _ in range(20):
        went_on(agenda_of(name, **search), journal, done, steps=rng.randrange(4))
        torn = journal.path.read_text() if journal.path.exists() else ""
        journal.path.write_text(torn[: len(torn) - rng.randrange(3)])
    assert went_on(agenda_of(name, **search), journal, done, steps=-1)
    assert done == whole


def test_an_evaluation_that_is_gone_is_asked_for_again(agenda_of, tmp_path):
    journal, done = Journal(tmp_path / "trials.jsonl"), {}
    went_on(agenda_of(trials=5), journal, done, steps=-1)
    lost = list(done)[2]
    del done[lost]
    waiting = replay(agenda_of(trials=5), journal, done.get)
    assert lost in waiting


def test_a_damaged_line_ends_what_is_read(tmp_path):
    journal = Journal(tmp_path / "trials.jsonl")
    journal.path.write_text('["asked", "a", 0, 9]\n["told", "a"\n["asked", "b", 0, 9]\n')
    assert [(event, request.key) for event, request in journal.read()] == [("asked", "a")]


@pytest.mark.parametrize(
    "line",
    ["[" * 5000, '["asked", "b", 1e999, 9]', '["asked", "b", ' + "9" * 5000 + ", 9]", "\xff", "{}", "3"],
    ids=lambda line: line[:20],
)
def test_a_line_that_is_none_of_ours_ends_what_is_read(tmp_path, line):
    journal = Journal(tmp_path / "trials.jsonl")
    journal.path.write_bytes(b'["asked", "a", 0, 9]\n' + line.encode("latin-1") + b"\n")
    assert [(event, request.key) for event, request in journal.read()] == [("asked", "a")]


def test_a_pipe_in_the_place_of_a_journal_is_not_waited_for(tmp_path):
    journal = Journal(tmp_path / "trials.jsonl")
    os.mkfifo(journal.path)
    assert journal.read() == []
    journal.rewrite([])
    assert journal.path.read_text() == ""
