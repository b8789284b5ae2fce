"""Worker processes that end, die, or lose their device; a fault of theirs is no record of a network."""

import errno
import os
import signal
import time
from dataclasses import replace

import pytest

from moat_lab.engines import local as room
from moat_lab.engines.engine import EpochEnded, Job, JobLost, JobStarted, Slot, TrainingEnded, run_jobs
from moat_lab.errors import UserError
from moat_lab.grammar import to_network
from moat_lab.records import ResultsFolder
from moat_lab.train import Recipe
from moat_lab.train.run import Run
from tests.unit.engines import faulty
from tests.unit.engines.conftest import jobs_of


def heard(jobs, folder, *, workers=1):
    """What a local engine says of these jobs."""
    waiting = iter(jobs)
    with room.LocalEngine(ResultsFolder(folder), workers=workers, threads=1) as engine:
        yield from run_jobs(engine, lambda: next(waiting, None))


def statuses(found):
    return [event.evaluation.status for event in found if isinstance(event, TrainingEnded)]


def test_a_training_whose_gpu_was_lost_is_lost_with_the_reason_and_another_worker_goes_on(
    plan, tmp_path, monkeypatch
):
    monkeypatch.setattr(room, "serve", faulty.loses_its_gpu_once)
    found = list(heard(jobs_of(plan), tmp_path))
    lost = [event for event in found if isinstance(event, JobLost)]
    assert [event.job.run.seed for event in lost] == [0, 1]
    assert lost[0].reason.endswith("AcceleratorError: CUDA error: device-side assert triggered")
    assert sum(isinstance(event, JobStarted) for event in found) == 4
    assert statuses(found) == ["ok", "ok"]


@pytest.mark.parametrize("workers", [2, 3])
def test_what_has_no_memory_beside_others_is_done_alone(plan, tmp_path, monkeypatch, workers):
    monkeypatch.setattr(room, "serve", faulty.needs_the_whole_gpu)
    assert statuses(heard(jobs_of(plan), tmp_path, workers=workers)) == ["ok"] * 4


def test_workers_divide_a_gpus_memory():
    fractions = [
        room.environment_of(threads=1, workers=workers, devices=2)["MOAT_LAB_MEMORY_FRACTION"]
        for workers in (2, 4, 7)
    ]
    assert fractions == ["1", "0.45", "0.225"]


@pytest.mark.skipif(os.name == "nt", reason="the size of files is limited on POSIX alone")
def test_a_record_without_space_ends_the_study_and_says_so(plan, tmp_path, monkeypatch):
    monkeypatch.setattr(room, "serve", faulty.has_no_space)
    with pytest.raises(OSError, match="File too large") as full:
        list(heard(jobs_of(plan), tmp_path))
    assert full.value.errno == errno.EFBIG
    key = plan.variants[0].key
    assert full.value.filename == str(ResultsFolder(tmp_path).evaluations.path(key, plan.recipe_key, 0))
    assert ResultsFolder(tmp_path).read().evaluations == ()


def test_a_folder_that_is_in_the_way_of_records_ends_the_study(plan, tmp_path):
    (tmp_path / "evaluations").write_text("a file")
    with pytest.raises(OSError, match=r"File exists|Not a directory"):
        list(heard(jobs_of(plan), tmp_path))


def test_a_killed_worker_loses_its_training_only(plan, tmp_path):
    store, events = ResultsFolder(tmp_path).evaluations, []
    first, second, *_ = jobs_of(plan)
    jobs = [slow(first), second]
    for event in heard(jobs, tmp_path):
        events.append(event)
        if isinstance(event, EpochEnded) and event.job == jobs[0]:
            pytest.fail("the long training is not meant to get so far")
        if isinstance(event, JobStarted) and event.job == jobs[0]:
            os.kill(child(), signal.SIGKILL)
    assert [type(event) for event in events if not isinstance(event, EpochEnded)] == [
        JobStarted,
        JobLost,
        JobStarted,
        TrainingEnded,
    ]
    assert [e.seed for e in store.read().evaluations] == [0]


def test_a_killed_worker_loses_all_seeds_that_it_trained_together(plan, tmp_path):
    job, events = jobs_of(plan)[0], []
    for event in heard([replace(slow(job), others=(1,))], tmp_path):
        events.append(event)
        if isinstance(event, JobStarted) and event.job.run.seed == 1:
            os.kill(child(), signal.SIGKILL)
    assert [(type(event), event.job.run.seed) for event in events] == [
        (JobStarted, 0),
        (JobStarted, 1),
        (JobLost, 0),
        (JobLost, 1),
    ]


def test_an_interrupt_while_a_worker_starts_is_not_lost():
    with pytest.raises(KeyboardInterrupt), room._interrupts_blocked():
        os.kill(os.getpid(), signal.SIGINT)


def test_workers_are_spread_evenly_over_devices():
    taken = []
    for _ in range(5):
        taken.append(room.emptiest(("cuda:0", "cuda:1"), taken))
    assert taken == ["cuda:0", "cuda:1", "cuda:0", "cuda:1", "cuda:0"]
    assert room.emptiest(("cuda:0", "cuda:1"), ["cuda:0", "cuda:1", "cuda:1"]) == "cuda:0"


def test_every_worker_is_a_slot_also_before_it_starts(plan, tmp_path):
    job = jobs_of(plan)[0]
    with room.LocalEngine(ResultsFolder(tmp_path), workers=3, threads=1) as engine:
        before = engine.slots()
        engine.start(job)
        during = engine.slots()
        while engine.busy:
            list(engine.wait())
        after = engine.slots()
    free = Slot(node="node 1", device="cpu", job=None)
    assert (before, during, after) == (
        (free,) * 3,
        (replace(free, job=job), free, free),
        (free,) * 3,
    )


def test_slots_are_spread_over_devices_as_workers_are(tmp_path, monkeypatch):
    monkeypatch.setattr(room, "devices_of", lambda device: ("cuda:0", "cuda:1"))
    engine = room.LocalEngine(ResultsFolder(tmp_path), workers=3, device="cuda")
    assert [slot.device for slot in engine.slots()] == ["cuda:0", "cuda:1", "cuda:0"]


def test_workers_on_one_device_divide_the_memory_that_images_may_take(monkeypatch):
    monkeypatch.delenv("MOAT_LAB_MEMORY_SHARE", raising=False)
    given = room.environment_of(threads=2, workers=7, devices=2)
    assert given["MOAT_LAB_MEMORY_SHARE"] == "0.125"
    assert (given["OMP_NUM_THREADS"], given["MOAT_LAB_WORKERS"]) == ("2", "7")
    monkeypatch.setenv("MOAT_LAB_MEMORY_SHARE", "0.8")
    assert room.environment_of(threads=2, workers=2, devices=2)["MOAT_LAB_MEMORY_SHARE"] == "0.8"


def test_a_mistake_that_only_a_training_meets_ends_the_study(plan, tmp_path):
    recipe = Recipe.model_validate({**plan.recipe, "train": 1700, "val": 500})
    job = Job(run=Run(network=to_network("stem(4) | 1x mbconv @8"), recipe=recipe, seed=0), epochs=2)
    with pytest.raises(UserError, match="at most 1797"):
        list(heard([job], tmp_path))


def slow(job: Job) -> Job:
    """The same job with 2,000 epochs."""
    recipe = job.run.recipe.model_copy(update={"epochs": 2000})
    return replace(job, run=replace(job.run, recipe=recipe), epochs=2000)


def child() -> int:
    """The only worker process of this one."""
    import multiprocessing

    while not multiprocessing.active_children():
        time.sleep(0.01)
    return multiprocessing.active_children()[0].pid
