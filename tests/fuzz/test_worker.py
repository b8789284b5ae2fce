"""A worker outlives what it asks, and a campaign its user."""

import os
import time

import pytest

from tests.fuzz import campaign
from tests.fuzz.campaign import run
from tests.fuzz.law import Ending
from tests.fuzz.worker import FuzzWorker, Inputs


def dies_at_1_and_hangs_at_3(inputs, tally):
    for number in inputs.numbers:
        tally.at.value = number
        if number == 1:
            os._exit(9)
        if number == 3:
            time.sleep(600)
        tally.add(inputs.name(number), Ending(kind="answered", took_s=number / 10))


def dies_at_once(inputs, tally):
    os._exit(9)


def finish(worker):
    while worker.goes_on():
        time.sleep(0.05)


def test_a_death_and_a_hang_are_faults_and_the_inputs_behind_them_are_asked(tmp_path):
    inputs = Inputs(range(6), tmp_path, turns=("grammar",))
    worker = FuzzWorker(inputs, walk=dies_at_1_and_hangs_at_3, hangs_s=0.5)
    finish(worker)
    tally = worker.tally
    assert [tally.count("grammar", kind) for kind in ("answered", "refused", "fault")] == [4, 0, 2]
    assert tally.slowest("grammar") == (0.5, 5)
    assert {path.name: path.read_text() for path in tmp_path.glob("*.txt")} == {
        "grammar:1.txt": "the process ended with 9",
        "grammar:3.txt": "no answer after 0.5 s",
    }
    assert sorted(path.name for path in tmp_path.glob("*[0-9]")) == ["grammar:1", "grammar:3"]


def test_a_worker_that_never_begins_is_no_fault_of_an_input(tmp_path):
    worker = FuzzWorker(Inputs(range(6), tmp_path), walk=dies_at_once)
    with pytest.raises(RuntimeError, match="the process ended with 9 before its first input"):
        finish(worker)


def test_ctrl_c_ends_a_campaign_with_its_counts(tmp_path, monkeypatch):
    def interrupted(workers, inputs, start):
        while sum(sum(worker.tally.counts) for worker in workers) < 5:
            assert sum(worker.goes_on() for worker in workers) == 1
            time.sleep(0.05)
        raise KeyboardInterrupt

    monkeypatch.setattr(campaign, "_wait", interrupted)
    findings = run(1_000_000, tmp_path / "faults", cores=1, turns=("grammar",))
    assert findings.interrupted
    assert 5 <= findings.inputs < 1_000_000
    assert findings.text().splitlines()[-1].startswith(f"interrupted: {findings.inputs:,} inputs in ")
