"""Slots, and what events say of them."""

from dataclasses import replace

import pytest

from moat_lab.engines.engine import EpochEnded, JobLost, JobStarted, NodeChanged, Slot, TrainingEnded
from moat_lab.records import Epoch, SlotStatus, Status
from moat_lab.study.activity import Activity
from tests.unit.engines.conftest import jobs_of
from tests.unit.study.test_progress import ended


@pytest.fixture
def jobs(plan):
    return jobs_of(plan)


def slots_with(*jobs):
    """A slot on each of two nodes."""
    return [Slot(node=f"node {i}", device="cpu", job=job) for i, job in enumerate(jobs, 1)]


def of(plan, slots):
    """An activity that has heard of the start of all jobs in the slots."""
    activity = Activity(lambda: slots, {v.key: name for v, name in zip(plan.variants, "ab", strict=True)})
    for slot in slots:
        for job in slot.job.each.values() if slot.job else ():
            activity.update(JobStarted(job=job))
    return activity


def epoch(number, score):
    return Epoch(epoch=number, train_loss=1.0, val_loss=1.0, score=score, learning_rate=0.1)


def test_an_engine_is_not_asked_for_slots_before_it_says_something():
    def slots():
        raise AttributeError("not entered yet")

    assert Activity(slots, {}).status() == Status(slots=(), images_per_s={}, lost=0)


def test_a_slot_says_what_it_trains_and_how_far_it_is(plan, jobs):
    activity = of(plan, slots_with(jobs[0], None))
    free = SlotStatus(node="node 2", device="cpu")
    started = SlotStatus(node="node 1", device="cpu", training="a, seed 0", epochs=2)
    assert activity.status() == Status(slots=(started, free), images_per_s={}, lost=0)
    activity.update(EpochEnded(job=jobs[0], epoch=epoch(1, 0.25)))
    assert activity.status().slots == (
        replace(started, epoch=1, score=0.25, curve=(0.25,)),
        free,
    )


def test_a_job_that_has_ended_or_is_lost_leaves_its_slot_free(plan, jobs):
    activity = of(plan, slots_with(jobs[0], jobs[1]))
    activity.update(ended(plan, jobs[0]))
    activity.update(JobLost(job=jobs[1], reason="WorkerDied: no", device="cpu"))
    activity.update(EpochEnded(job=jobs[1], epoch=epoch(1, 0.25)))
    assert [slot.training for slot in activity.status().slots] == ["", ""]
    assert activity.status().lost == 1


def test_a_node_is_as_fast_as_its_last_trainings_at_all_that_run_there(plan, jobs):
    slots = [Slot(node="node 1", device="cpu", job=job) for job in jobs[:3]]
    activity = of(plan, slots)
    for job, speed in zip(jobs[:2], (100.0, 300.0), strict=True):
        done = ended(plan, job)
        activity.update(TrainingEnded(job=job, evaluation=replace(done.evaluation, images_per_s=speed)))
    assert activity.status().images_per_s == {"node 1": 200.0}
    activity.update(JobStarted(job=jobs[0]))
    assert activity.status().images_per_s == {"node 1": 400.0}


def test_a_node_that_joins_brings_its_slots(plan, jobs):
    slots = slots_with(jobs[0])
    activity = of(plan, slots)
    slots.append(Slot(node="node 2", device="cpu", job=None))
    activity.update(NodeChanged(node="node 2", text="node 2 is used, for 1 trainings at a time"))
    assert [slot.node for slot in activity.status().slots] == ["node 1", "node 2"]


def test_a_training_whose_slot_was_never_seen_counts_for_its_node(plan, jobs):
    activity = of(plan, slots_with(jobs[1]))
    done = ended(plan, jobs[0])
    activity.update(JobStarted(job=jobs[0]))
    evaluation = replace(done.evaluation, images_per_s=70.0)
    activity.update(TrainingEnded(job=jobs[0], evaluation=evaluation, node="node 1"))
    assert activity.status().images_per_s == {"node 1": 70.0}


def test_seeds_that_train_together_are_one_slot_until_the_last_has_ended(plan, jobs):
    job = replace(jobs[0], others=(1, 2))
    activity = of(plan, slots_with(job))
    assert [slot.training for slot in activity.status().slots] == ["a, seed 0 and 2 more"]
    activity.update(ended(plan, job.each[0]))
    assert [slot.training for slot in activity.status().slots] == ["a, seed 1 and 1 more"]


@pytest.mark.parametrize(
    ("others", "place"),
    [
        ([], ""),
        ([("node 1", "cuda:0")], ""),
        ([("node 1", "cuda:1")], "cuda:0"),
        ([("node 2", "cuda:0")], "node 1"),
        ([("node 2", "cuda:1")], "node 1 cuda:0"),
    ],
)
def test_a_place_is_said_as_far_as_there_is_a_choice(plan, jobs, others, place):
    first = Slot(node="node 1", device="cuda:0", job=jobs[0])
    rest = [Slot(node=node, device=device, job=None) for node, device in others]
    assert of(plan, [first, *rest]).place(jobs[0]) == place
