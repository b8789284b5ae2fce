"""What a class is worth: the loss, and how often it is right at first or among five."""

import pytest
import torch

from moat_lab.tasks import TASKS, task_of
from moat_lab.tasks.classification import TASK
from moat_lab.train import Recipe

LOGITS = torch.tensor([[9.0, 8.0, 7.0, 6.0, 5.0, 4.0], [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]])


def test_scores_are_the_shares_right_at_first_and_among_five():
    totals = TASK.totals(LOGITS, torch.tensor([0, 1]))
    assert TASK.results(totals, 2) == {"top1": 0.5, "top5": 1.0}
    assert TASK.results(TASK.totals(LOGITS, torch.tensor([5, 0])), 2) == {"top1": 0.0, "top5": 0.0}


def test_with_fewer_than_five_classes_all_are_among_five():
    assert TASK.results(TASK.totals(LOGITS[:, :3], torch.tensor([2, 0])), 2)["top5"] == 1.0


def test_totals_hold_the_sum_of_the_losses():
    labels = torch.tensor([0, 5])
    assert float(TASK.totals(LOGITS, labels)["loss"]) == pytest.approx(2 * float(TASK.loss(LOGITS, labels)))


def test_a_record_without_a_task_is_of_a_classification():
    assert task_of({}) is TASKS["classification"]
    assert task_of({}).score == "top1"
    assert task_of({}).metric.title == "top-1"


def test_an_unknown_task_is_refused_with_the_nearest():
    settings = {"data": "digits", "resolution": 8, "train": 10, "val": 10, "epochs": 1, "batch": 5}
    with pytest.raises(ValueError, match="did you mean 'classification'"):
        Recipe(**settings, learning_rate=0.1, task="clasification")


def test_a_recipe_that_names_the_default_task_keeps_its_key():
    settings = {"data": "digits", "resolution": 8, "train": 10, "val": 10, "epochs": 1, "batch": 5}
    plain, named = (
        Recipe(**settings, learning_rate=0.1, **more) for more in ({}, {"task": "classification"})
    )
    assert plain.key == named.key
    assert "task" not in named.content()
