import dataclasses
import subprocess
import sys
import time
from contextlib import contextmanager
from io import StringIO

import optuna
import pandas as pd
import pytest
from rich.console import Console

from moat_lab.engines import local
from moat_lab.engines.engine import JobStarted, Slot, TrainingEnded
from moat_lab.errors import UserError
from moat_lab.records import ResultsFolder
from moat_lab.study.activity import Activity
from moat_lab.study.progress import StudyProgress
from moat_lab.study.run import published, run_study
from moat_lab.train import Recipe
from tests.unit.engines import faulty
from tests.unit.engines.conftest import jobs_of


def test_a_study_trains_what_is_missing_and_answers(plan, tmp_path):
    folder, out = tmp_path / "results" / "se", StringIO()
    progress = StudyProgress(plan, workers=2, console=Console(file=out, width=100))
    outcome = run_study(plan, ResultsFolder(folder), workers=2, progress=progress)
    assert (outcome.trained, outcome.failed) == (4, 0)
    assert ResultsFolder(folder).read_plan() == plan
    assert outcome.report.read_text().startswith("# se\n")
    table = pd.read_csv(folder / "summary.csv")
    assert table["seeds"].tolist() == [2, 2]
    assert "4 of 4 trainings to do, 2 at a time." in out.getvalue()
    assert "4/4" in out.getvalue()

    records = {path: path.read_bytes() for path in (folder / "evaluations").iterdir()}
    lost = next(iter(records))
    lost.unlink()
    (folder / "optuna.db").unlink()
    outcome = run_study(plan, ResultsFolder(folder), workers=1)
    assert outcome.trained == 1
    same = [path for path, content in records.items() if path != lost and path.read_bytes() == content]
    assert len(same) == 3
    assert run_study(plan, ResultsFolder(folder)).trained == 0


def test_a_failed_training_is_reported_and_the_study_goes_on(plan, tmp_path):
    recipe = Recipe.model_validate({**plan.recipe, "learning_rate": 1e30, "optimizer": "sgd"})
    plan = dataclasses.replace(plan, recipe=recipe.content(), recipe_key=recipe.key, seeds=(0,))
    outcome = run_study(plan, ResultsFolder(tmp_path), workers=1)
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
    run_study(plan, ResultsFolder(tmp_path), workers=1)
    (tmp_path / "optuna.db").unlink()
    store = ResultsFolder(tmp_path).evaluations
    done = failed_in(store, plan, seed=1)
    again = run_study(plan, ResultsFolder(tmp_path), workers=1)
    assert (again.trained, again.failed) == (0, 0)
    first, second = (variant.key for variant in plan.variants)
    assert states_of(tmp_path) == [(first, "FAIL"), (second, "COMPLETE")]
    again = run_study(plan, ResultsFolder(tmp_path), workers=1, together=together, retry_failed=True)
    assert (again.trained, again.failed) == (1, 0)
    assert store.find(first, plan.recipe_key, 1).score == done.score
    assert states_of(tmp_path) == [(first, "FAIL"), (second, "COMPLETE"), (first, "COMPLETE")]
    assert run_study(plan, ResultsFolder(tmp_path), workers=1, retry_failed=True).trained == 0


def test_a_failed_record_stays_until_the_new_one_is_there(plan, tmp_path, monkeypatch):
    run_study(plan, ResultsFolder(tmp_path), workers=1)
    store, key = ResultsFolder(tmp_path).evaluations, plan.variants[0].key
    failed_in(store, plan, seed=0)
    statuses = []

    def shown(self, event):
        if isinstance(event, JobStarted | TrainingEnded):
            statuses.append(store.find(key, plan.recipe_key, 0).status)

    monkeypatch.setattr(StudyProgress, "update", shown)
    run_study(plan, ResultsFolder(tmp_path), workers=1, retry_failed=True)
    assert statuses == ["failed", "ok"]


def test_a_training_whose_worker_is_lost_is_started_once_more(plan, tmp_path, monkeypatch):
    monkeypatch.setattr(local, "serve", faulty.loses_its_gpu_once)
    plan, out = dataclasses.replace(plan, seeds=(0,), variants=plan.variants[:1]), StringIO()
    progress = StudyProgress(plan, workers=1, console=Console(file=out, width=200))
    result = run_study(plan, ResultsFolder(tmp_path), workers=1, progress=progress)
    assert (result.trained, result.failed) == (1, 0)
    assert [e.status for e in ResultsFolder(tmp_path).read().evaluations] == ["ok"]
    assert out.getvalue().count("CUDA error: device-side assert triggered; it is started once more") == 1


@pytest.mark.parametrize(
    ("serve", "reason"),
    [
        (faulty.always_loses_its_gpu, "AcceleratorError: CUDA error: device-side assert triggered"),
        (faulty.always_dies, "WorkerDied: the process that worked on it ended with exit code -9"),
    ],
)
def test_a_training_that_loses_two_workers_has_failed_and_says_why(
    plan, tmp_path, monkeypatch, serve, reason
):
    plan = dataclasses.replace(plan, seeds=(0,), variants=plan.variants[:1])
    with monkeypatch.context() as patched:
        patched.setattr(local, "serve", serve)
        result = run_study(plan, ResultsFolder(tmp_path), workers=2)
    assert (result.trained, result.failed) == (1, 1)
    (evaluation,) = ResultsFolder(tmp_path).read().evaluations
    assert evaluation.status == "failed"
    assert evaluation.error.endswith(reason)
    assert reason in result.report.read_text()
    assert run_study(plan, ResultsFolder(tmp_path), workers=2).trained == 0


def test_what_runs_is_written_down_while_it_runs_and_removed_at_the_end(plan, tmp_path):
    folder, job = ResultsFolder(tmp_path), jobs_of(plan)[0]
    slots = [Slot(node="node 1", device="cpu", job=job)]
    activity = Activity(lambda: slots, {job.run.network.key: "mbconv"})
    activity.update(JobStarted(job=job))
    end = time.monotonic() + 10
    with folder.locked(), published(activity, StudyProgress(plan, workers=1), folder):
        while (status := folder.read_status()) is None and time.monotonic() < end:
            time.sleep(0.05)
    assert [slot.training for slot in status.slots] == ["mbconv, seed 0"]
    assert not folder.status_file.exists()


def test_another_process_in_the_folder_is_named_and_nothing_is_trained(plan, tmp_path):
    with held_elsewhere(tmp_path) as pid, pytest.raises(UserError, match=f"process {pid} on "):
        run_study(plan, ResultsFolder(tmp_path), workers=1)
    assert not (tmp_path / "plan.json").exists()


@contextmanager
def held_elsewhere(folder):
    """Another process that has the folder's lock; gives its number, and kills it."""
    lines = (
        "import sys, time; from pathlib import Path; from moat_lab.records import ResultsFolder\n"
        "with ResultsFolder(Path(sys.argv[1])).locked(): print('has it', flush=True); time.sleep(60)"
    )
    child = subprocess.Popen([sys.executable, "-c", lines, str(folder)], stdout=subprocess.PIPE)
    assert child.stdout.readline() == b"has it\n"
    try:
        yield child.pid
    finally:
        child.kill()
        child.wait()
        child.stdout.close()
