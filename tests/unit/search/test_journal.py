"""A search that was killed at any moment, brought back from its journal and its evaluations."""

import random
from types import SimpleNamespace

import pytest

from moat_lab.records import Rungs
from moat_lab.search.journal import Journal, replay
from tests.unit.search.conftest import planted

RUNGS = Rungs(epochs=(1, 3), keep=0.5)


def evaluation(top1):
    """What a journal reads of an evaluation: its top-1 at an epoch."""
    return SimpleNamespace(top1_at=lambda epoch: top1)


def went_on(agenda, journal, done, steps):
    """Up to `steps` answers with one worker, as `study.search` does them; True where the search ended."""
    waiting = replay(agenda, journal, lambda task: evaluation(done[task]) if task in done else None)
    answer = planted(agenda)
    while True:
        task = waiting.pop(0) if waiting else agenda.ask()
        if task is None:
            return True
        if task not in journal_tasks(journal):
            journal.append("asked", task)
        if task not in done:
            if steps == 0:
                return False
            steps -= 1
            done[task] = answer(task)
        agenda.tell(task, done[task])
        journal.append("told", task)


def journal_tasks(journal):
    return {task for event, task in journal.read() if event == "asked"}


@pytest.mark.parametrize("name", ["evolution", "tpe", "nsga2", "random"])
def test_twenty_kills_change_nothing(agenda_of, tmp_path, name):
    whole = {}
    (tmp_path / "whole").mkdir()
    assert went_on(agenda_of(name, rungs=RUNGS), Journal(tmp_path / "whole"), whole, steps=-1)
    journal, done, rng = Journal(tmp_path), {}, random.Random(0)
    for _ in range(20):
        went_on(agenda_of(name, rungs=RUNGS), journal, done, steps=rng.randrange(4))
        torn = journal.path.read_text() if journal.path.exists() else ""
        journal.path.write_text(torn[: len(torn) - rng.randrange(3)])
    assert went_on(agenda_of(name, rungs=RUNGS), journal, done, steps=-1)
    assert done == whole


def test_an_evaluation_that_is_gone_is_asked_for_again(agenda_of, tmp_path):
    journal, done = Journal(tmp_path), {}
    went_on(agenda_of(trials=5), journal, done, steps=-1)
    lost = list(done)[2]
    del done[lost]
    waiting = replay(agenda_of(trials=5), journal, lambda t: evaluation(done[t]) if t in done else None)
    assert lost in waiting


def test_a_damaged_line_ends_what_is_read(tmp_path):
    journal = Journal(tmp_path)
    journal.path.write_text('["asked", "a", 0, 9]\n["told", "a"\n["asked", "b", 0, 9]\n')
    assert [(event, task.key) for event, task in journal.read()] == [("asked", "a")]
