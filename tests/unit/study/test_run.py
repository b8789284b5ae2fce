import dataclasses
import errno
import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from io import StringIO
from pathlib import Path

import optuna
import pandas as pd
import pytest
from rich.console import Console

from moat_lab.errors import UserError
from moat_lab.records import Store, read_plan, store_of
from moat_lab.study.job import Job
from moat_lab.study.progress import Progress
from moat_lab.study.run import joined, missing_jobs, run_study
from moat_lab.study.workers import Finished, Looked, Lost, Started, emptiest, environment_of, run_jobs
from moat_lab.train import Recipe


def jobs_of(plan):
    return missing_jobs(plan, Store(Path("nowhere")))


def test_all_networks_get_a_seed_before_any_gets_the_next(plan):
    order = [(job.seed, job.network_key) for job in jobs_of(plan)]
    keys = [variant.key for variant in plan.variants]
    assert order == [(0, keys[0]), (0, keys[1]), (1, keys[0]), (1, keys[1])]


def test_a_study_trains_what_is_missing_and_answers(plan, tmp_path):
    folder, out = tmp_path / "results" / "se", StringIO()
    progress = Progress(plan, workers=2, console=Console(file=out, width=100))
    outcome = run_study(plan, folder, workers=2, progress=progress)
    assert (outcome.trained, outcome.failed, outcome.lost) == (4, 0, 0)
    assert read_plan(folder) == plan
    assert outcome.report.read_text().startswith("# se\n")
    table = pd.read_csv(folder / "summary.csv")
    assert table["seeds"].tolist() == [2, 2]
    assert "4 of 4 trainings to do, 2 at a time." in out.getvalue()
    assert "4/4" in out.getvalue()

    records = {path: path.read_bytes() for path in (folder / "evaluations").iterdir()}
    lost = next(iter(records))
    lost.unlink()
    (folder / "optuna.db").unlink()
    outcome = run_study(plan, folder, workers=1)
    assert outcome.trained == 1
    same = [path for path, content in records.items() if path != lost and path.read_bytes() == content]
    assert len(same) == 3
    assert run_study(plan, folder).trained == 0


def test_a_failed_training_is_reported_and_the_study_goes_on(plan, tmp_path):
    recipe = Recipe.model_validate({**plan.recipe, "learning_rate": 1e30, "optimizer": "sgd"})
    plan = dataclasses.replace(plan, recipe=recipe.content(), recipe_key=recipe.key, seeds=(0,))
    outcome = run_study(plan, tmp_path, workers=1)
    assert (outcome.trained, outcome.failed) == (2, 2)
    assert "the loss was" in outcome.report.read_text()
    assert "`python -m moat_lab.study se --retry-failed` trains them again." in outcome.report.read_text()


def failed_in(store, plan, seed):
    """Puts a failure in the place of a training's record; gives the record."""
    key = plan.variants[0].key
    done, path = store.find(key, plan.recipe_key, seed), store.path(key, plan.recipe_key, seed)
    path.unlink()
    failed = dataclasses.replace(
        done, status="failed", error="OSError: no compiler", scores={}, final_loss=None, curve=()
    )
    store.append(failed)
    return done


def states_of(folder):
    storage = f"sqlite:///{folder / 'optuna.db'}"
    (name,) = optuna.get_all_study_names(storage)
    trials = optuna.load_study(study_name=name, storage=storage).trials
    return [(trial.user_attrs["network_key"], trial.state.name) for trial in trials]


@pytest.mark.parametrize("together", [False, True])
def test_only_failed_trainings_are_tried_again_and_only_where_told(plan, tmp_path, together):
    run_study(plan, tmp_path, workers=1)
    (tmp_path / "optuna.db").unlink()
    store = store_of(tmp_path)
    done = failed_in(store, plan, seed=1)
    again = run_study(plan, tmp_path, workers=1)
    assert (again.trained, again.failed) == (0, 0)
    first, second = (variant.key for variant in plan.variants)
    assert states_of(tmp_path) == [(first, "FAIL"), (second, "COMPLETE")]
    again = run_study(plan, tmp_path, workers=1, together=together, retry_failed=True)
    assert (again.trained, again.failed) == (1, 0)
    assert store.find(first, plan.recipe_key, 1).top1 == done.top1
    assert states_of(tmp_path) == [(first, "FAIL"), (second, "COMPLETE"), (first, "COMPLETE")]
    assert run_study(plan, tmp_path, workers=1, retry_failed=True).trained == 0


def test_a_failed_record_stays_until_the_new_one_is_there(plan, tmp_path):
    run_study(plan, tmp_path, workers=1)
    store = store_of(tmp_path)
    failed_in(store, plan, seed=0)
    (job,) = missing_jobs(plan, store, retry_failed=True)
    for event in run_jobs(each([job]), workers=1, threads=1, device="cpu", store=store):
        if isinstance(event, Started):
            assert store.find(job.network_key, job.recipe.key, 0).status == "failed"
    assert store.find(job.network_key, job.recipe.key, 0).status == "ok"


@pytest.mark.skipif(os.name == "nt", reason="the size of files is limited on POSIX alone")
def test_a_record_without_space_ends_the_study_and_says_so(plan, tmp_path):
    import resource

    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    running = run_jobs(each(jobs_of(plan)), workers=1, threads=1, device="cpu", store=store_of(tmp_path))
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, before[1]))  # a record has more bytes
    try:
        with pytest.raises(OSError, match="File too large") as full:
            list(running)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert full.value.errno == errno.EFBIG
    key = plan.variants[0].key
    assert full.value.filename == str(store_of(tmp_path).path(key, plan.recipe_key, 0))
    assert store_of(tmp_path).read().evaluations == ()


def test_a_folder_that_is_in_the_way_of_records_ends_the_study(plan, tmp_path):
    (tmp_path / "evaluations").write_text("a file")
    with pytest.raises(OSError, match=r"File exists|Not a directory"):
        list(run_jobs(each(jobs_of(plan)), workers=1, threads=1, device="cpu", store=store_of(tmp_path)))


def test_another_process_in_the_folder_is_named_and_nothing_is_trained(plan, tmp_path):
    with held_elsewhere(tmp_path) as pid, pytest.raises(UserError, match=f"process {pid} on "):
        run_study(plan, tmp_path, workers=1)
    assert not (tmp_path / "plan.json").exists()


@contextmanager
def held_elsewhere(folder):
    """Another process that has the folder's lock; gives its number, and kills it."""
    lines = (
        "import sys, time; from pathlib import Path; from moat_lab.records import locked\n"
        "with locked(Path(sys.argv[1])): print('has it', flush=True); time.sleep(60)"
    )
    child = subprocess.Popen([sys.executable, "-c", lines, str(folder)], stdout=subprocess.PIPE)
    assert child.stdout.readline() == b"has it\n"
    try:
        yield child.pid
    finally:
        child.kill()
        child.wait()
        child.stdout.close()


def test_a_killed_worker_loses_its_training_only(plan, tmp_path):
    store, events = store_of(tmp_path), []
    slow = [
        dataclasses.replace(job, recipe=job.recipe.model_copy(update={"epochs": 2000}), until=2000)
        for job in jobs_of(plan)
    ]
    jobs = [slow[0], jobs_of(plan)[1]]
    running = run_jobs(each(jobs), workers=1, threads=1, device="cpu", store=store)
    for event in running:
        events.append(event)
        if isinstance(event, Looked) and event.job == jobs[0]:
            pytest.fail("the long training is not meant to get so far")
        if isinstance(event, Started) and event.job == jobs[0]:
            os.kill(child(), signal.SIGKILL)
    assert [type(event) for event in events if not isinstance(event, Looked)] == [
        Started,
        Lost,
        Started,
        Finished,
    ]
    assert [e.seed for e in store.read().evaluations] == [0]


def test_together_a_network_with_all_its_seeds_is_one_job(plan):
    first, second = joined(jobs_of(plan))
    assert (first.seed, first.others, second.seed, second.others) == (0, (1,), 0, (1,))
    assert list(first.each.values()) == [jobs_of(plan)[0], jobs_of(plan)[2]]


def test_a_killed_worker_loses_all_seeds_that_it_trained_together(plan, tmp_path):
    (job,) = joined([job for job in jobs_of(plan) if job.network_key == plan.variants[0].key])
    slow = dataclasses.replace(job, recipe=job.recipe.model_copy(update={"epochs": 2000}), until=2000)
    events, running = [], run_jobs(each([slow]), workers=1, threads=1, device="cpu", store=store_of(tmp_path))
    for event in running:
        events.append(event)
        if isinstance(event, Started) and event.job.seed == 1:
            os.kill(child(), signal.SIGKILL)
    assert [(type(event), event.job.seed) for event in events] == [
        (Started, 0),
        (Started, 1),
        (Lost, 0),
        (Lost, 1),
    ]


def test_workers_are_spread_evenly_over_devices():
    taken = []
    for _ in range(5):
        taken.append(emptiest(("cuda:0", "cuda:1"), taken))
    assert taken == ["cuda:0", "cuda:1", "cuda:0", "cuda:1", "cuda:0"]
    assert emptiest(("cuda:0", "cuda:1"), ["cuda:0", "cuda:1", "cuda:1"]) == "cuda:0"


def test_workers_on_one_device_divide_the_memory_that_images_may_take(monkeypatch):
    monkeypatch.delenv("MOAT_LAB_MEMORY_SHARE", raising=False)
    given = environment_of(threads=2, workers=7, devices=2)
    assert given["MOAT_LAB_MEMORY_SHARE"] == "0.125"
    assert (given["OMP_NUM_THREADS"], given["MOAT_LAB_WORKERS"]) == ("2", "7")
    monkeypatch.setenv("MOAT_LAB_MEMORY_SHARE", "0.8")
    assert environment_of(threads=2, workers=2, devices=2)["MOAT_LAB_MEMORY_SHARE"] == "0.8"


def each(jobs):
    """A source of jobs that runs dry."""
    waiting = iter(jobs)
    return lambda: next(waiting, None)


def child() -> int:
    """The only worker process of this one."""
    import multiprocessing

    while not multiprocessing.active_children():
        time.sleep(0.01)
    return multiprocessing.active_children()[0].pid


def test_a_mistake_that_only_a_training_meets_ends_the_study(plan, tmp_path):
    job = Job(
        network="stem(4) | 1x mbconv @8",
        network_key="0" * 12,
        recipe=Recipe.model_validate({**plan.recipe, "train": 1700, "val": 500}),
        seed=0,
        until=2,
    )
    with pytest.raises(UserError, match="at most 1797"):
        list(run_jobs(each([job]), workers=1, threads=1, device="cpu", store=store_of(tmp_path)))
