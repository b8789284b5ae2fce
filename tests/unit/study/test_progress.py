from io import StringIO

import pytest
from rich.console import Console

from moat_lab.engines.engine import JobLost, JobStarted, TrainingEnded
from moat_lab.records import Evaluation
from moat_lab.study.progress import StudyProgress
from moat_lab.train import Recipe
from tests.unit.engines.conftest import jobs_of


@pytest.fixture
def out():
    return StringIO()


@pytest.fixture
def progress(plan, out):
    return StudyProgress(plan, workers=1, console=Console(file=out, width=200))


def names(plan):
    return {variant.key: f"network {i}" for i, variant in enumerate(plan.variants)}


def ended(plan, job):
    variant = plan.variants[0]
    evaluation = Evaluation(
        network=variant.network,
        network_key=variant.key,
        recipe=Recipe.model_validate(plan.recipe).content(),
        recipe_key=plan.recipe_key,
        seed=job.run.seed,
        status="ok",
        error=None,
        scores={"top1": 0.5},
        final_loss=1.0,
        curve=(),
        costs={"params": 1, "macs": 1, "activations": 1},
        train_s=2.0,
        images_per_s=1.0,
        environment={},
    )
    return TrainingEnded(job=job, evaluation=evaluation)


def test_a_lost_job_counts_once_it_has_ended(plan, progress, out):
    job = jobs_of(plan)[0]
    with progress.live(0, names=names(plan)):
        progress.update(JobStarted(job=job))
        progress.update(JobLost(job=job, reason="WorkerDied: exit code -9", device="cpu"))
        progress.update(JobStarted(job=job))
        progress.update(ended(plan, job))
    lines = [line.strip() for line in out.getvalue().splitlines()]
    assert lines[0] == "4 of 4 trainings to do, 1 at a time."
    assert "0/4  network 0, seed 0: lost: WorkerDied: exit code -9; it is started once more" in lines[1]
    assert lines[2].startswith("1/4  network 0, seed 0: top-1 50.0 % in 2 s")


def test_more_trainings_than_were_expected_are_shown_too(plan, progress, out):
    job = jobs_of(plan)[0]
    with progress.live(4, names=names(plan)):
        progress.update(JobStarted(job=job))
        progress.update(ended(plan, job))
    assert out.getvalue().startswith("All 4 trainings are there; none to do.\n5/4  network 0, seed 0: top-1 ")
