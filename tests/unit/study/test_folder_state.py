"""What `moat-lab status` says of a results folder."""

import pytest

from moat_lab.commands.status import state_lines
from moat_lab.records import ResultsFolder, SlotStatus, Status
from moat_lab.study.folder_state import folder_states, state_of
from tests.unit.recorded import ended_training


@pytest.fixture
def folder(plan, tmp_path):
    folder = ResultsFolder(tmp_path / "runs" / "se")
    folder.write_plan(plan)
    return folder


def end(folder, plan, runs):
    for i, seed in runs:
        folder.evaluations.append(ended_training(plan, plan.variants[i], seed, 0.5, train_s=30.0))


def test_a_stopped_study_says_what_is_left_and_how_to_go_on(folder, plan):
    end(folder, plan, [(0, 0)])
    assert state_lines(state_of(folder, plan)) == [
        f"stopped   {folder}: 1 of 4 trainings, about 2 min left",
        "            to go on: python -m moat_lab.study se",
    ]


def test_a_study_that_has_trained_nothing_does_not_guess_its_time(folder, plan):
    assert state_of(folder, plan).left_s is None


def test_a_running_study_shares_what_is_left_among_its_slots(folder, plan):
    end(folder, plan, [(0, 0), (0, 1)])
    slot = SlotStatus(node="here", device="cpu", training="baseline, seed 0", epoch=1, epochs=2)
    with folder.locked():
        folder.write_status(Status(slots=(slot, slot), images_per_s={}, lost=0))
        assert state_lines(state_of(folder, plan)) == [
            f"running   {folder}: 2 of 4 trainings, about 30 s left",
            *["            cpu: baseline, seed 0, epoch 1 of 2"] * 2,
        ]


def test_a_finished_study_has_nothing_left(folder, plan, tmp_path):
    end(folder, plan, [(0, 0), (0, 1), (1, 0), (1, 1)])
    (tmp_path / "runs" / "damaged").mkdir()
    (tmp_path / "runs" / "damaged" / "plan.json").write_text("{")
    states = folder_states([tmp_path / "runs"])
    assert [line for state in states for line in state_lines(state)] == [
        f"finished  {folder}: 4 of 4 trainings"
    ]
