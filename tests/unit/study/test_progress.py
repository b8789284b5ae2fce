from io import StringIO

import pytest
from rich.console import Console

from moat_lab.engines.engine import EpochEnded, JobLost, JobStarted, Slot, TrainingEnded
from moat_lab.records import Epoch, Evaluation, SlotStatus, Status
from moat_lab.study.activity import Activity
from moat_lab.study.progress import StudyProgress
from moat_lab.train import Recipe
from tests.unit.engines.conftest import jobs_of


@pytest.fixture
def out():
    return StringIO()


@pytest.fixture
def progress(plan, out):
    return StudyProgress(plan, workers=1, console=Console(file=out, width=200))


def activity(plan, slots=()):
    return Activity(lambda: slots, {variant.key: f"network {i}" for i, variant in enumerate(plan.variants)})


def epoch(number):
    return Epoch(epoch=number, train_loss=1.0, val_loss=1.0, score=0.5, learning_rate=0.001)


def tell(progress, *events):
    for event in events:
        progress.activity.update(event)
        progress.update(event)


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
    lost = JobLost(job=job, reason="WorkerDied: exit code -9", device="cpu")
    with progress.live(0, activity(plan)):
        tell(progress, JobStarted(job=job), lost, JobStarted(job=job))
        assert notes(progress)["trainings"].endswith("1 job lost and started again")
        assert notes(progress)["  network 0, seed 0"] == "starting"
        tell(progress, ended(plan, job))
    lines = [line.strip() for line in out.getvalue().splitlines()]
    assert lines[0] == "4 of 4 trainings to do, 1 at a time."
    assert "0/4  network 0, seed 0: lost: WorkerDied: exit code -9; it is started once more" in lines[1]
    assert lines[2].startswith("1/4  network 0, seed 0: top-1 50.0 % in 2 s")


def test_more_trainings_than_were_expected_are_shown_too(plan, progress, out):
    job = jobs_of(plan)[0]
    with progress.live(4, activity(plan)):
        tell(progress, JobStarted(job=job), ended(plan, job))
    assert out.getvalue().startswith("All 4 trainings are there; none to do.\n5/4  network 0, seed 0: top-1 ")


def notes(progress):
    return {task.description: task.fields["note"] for task in progress.bars.tasks}


def test_several_nodes_are_shown_with_their_slots_and_speed_and_trainings_with_their_place(plan, progress):
    jobs = jobs_of(plan)
    slots = [
        Slot(node="node 1", device="cuda:0", job=jobs[0]),
        Slot(node="node 1", device="cuda:1", job=None),
        Slot(node="node 2", device="cuda:0", job=jobs[1]),
    ]
    with progress.live(0, activity(plan, slots)):
        tell(
            progress,
            JobStarted(job=jobs[0]),
            ended(plan, jobs[0]),
            *(JobStarted(job=job) for job in jobs[:2]),
        )
        progress.show(progress.activity.status())
        shown = {
            task.description: (task.completed, task.total, task.fields["note"])
            for task in progress.bars.tasks
        }
    del shown["trainings"]
    assert shown == {
        "  node 1 cuda:0  network 0, seed 0": (0, 2, "starting"),
        "  node 2 cuda:0  network 1, seed 0": (0, 2, "starting"),
        "  node 1": (1, 2, "slots, 1 images/s"),
        "  node 2": (1, 1, "slots"),
    }


def test_a_node_that_has_gone_is_shown_no_more(plan, progress):
    def status(*nodes):
        return Status(
            slots=tuple(SlotStatus(node=node, device="cpu") for node in nodes), images_per_s={}, lost=0
        )

    with progress.live(0, activity(plan)):
        progress.show(status("node 1", "node 2"))
        progress.show(status("node 2"))
        assert list(notes(progress)) == ["trainings", "  node 2"]


def test_the_time_left_counts_the_epochs_of_trainings_that_run(plan, progress, monkeypatch):
    first, second, *_ = jobs_of(plan)
    now = iter([100.0, 130.0, 130.0])
    monkeypatch.setattr("moat_lab.study.progress.time.monotonic", lambda: next(now, 130.0))
    with progress.live(0, activity(plan)):
        assert progress.left_s == 0.0
        tell(progress, JobStarted(job=first), JobStarted(job=second), ended(plan, first))
        tell(progress, EpochEnded(job=second, epoch=epoch(1)))  # of two: 1.5 of 4 in 30 seconds
        assert progress.left_s == pytest.approx(50.0)
        assert notes(progress)["trainings"] == "50 s left"
