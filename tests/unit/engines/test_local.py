"""A fault that is a device's, or a neighbour's, is not written down as a network's."""

import pytest

from moat_lab.engines import local as room
from moat_lab.engines.local import JobLost, JobStarted, TrainingEnded, run_jobs
from moat_lab.records import store_of
from moat_lab.study.run import missing_jobs
from tests.unit.engines import faulty


def events(plan, folder, *, workers=1):
    store = store_of(folder)
    waiting = iter(missing_jobs(plan, store))
    return list(run_jobs(lambda: next(waiting, None), workers=workers, threads=1, device="cpu", store=store))


def statuses(found):
    return [event.evaluation.status for event in found if isinstance(event, TrainingEnded)]


def test_a_training_whose_gpu_was_lost_is_done_by_another_worker(plan, tmp_path, monkeypatch):
    monkeypatch.setattr(room, "serve", faulty.loses_its_gpu_once)
    found = events(plan, tmp_path)
    assert statuses(found) == ["ok"] * 4
    assert sum(isinstance(event, JobStarted) for event in found) == 4
    assert not any(isinstance(event, JobLost) for event in found)


def test_a_training_that_loses_two_workers_has_failed_and_says_why(plan, tmp_path, monkeypatch):
    monkeypatch.setattr(room, "serve", faulty.always_loses_its_gpu)
    found = events(plan, tmp_path, workers=2)
    assert statuses(found) == ["failed"] * 4
    error = next(event.evaluation.error for event in found if isinstance(event, TrainingEnded))
    assert error.endswith("AcceleratorError: CUDA error: device-side assert triggered")
    assert len(list((tmp_path / "evaluations").iterdir())) == 4


@pytest.mark.parametrize("workers", [2, 3])
def test_what_has_no_memory_beside_others_is_done_alone(plan, tmp_path, monkeypatch, workers):
    monkeypatch.setattr(room, "serve", faulty.needs_the_whole_gpu)
    assert statuses(events(plan, tmp_path, workers=workers)) == ["ok"] * 4


def test_workers_divide_a_gpus_memory():
    fractions = [
        room.environment_of(threads=1, workers=workers, devices=2)["MOAT_LAB_MEMORY_FRACTION"]
        for workers in (2, 4, 7)
    ]
    assert fractions == ["1", "0.45", "0.225"]
