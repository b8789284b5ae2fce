import pandas as pd
import pytest

from moat_lab.search.agenda import Request
from moat_lab.search.recorded import recorded

TABLE = pd.DataFrame(
    [
        {"key": "b", "seed": 0, "macs": 200, "top1": 0.8, "top1_epoch_3": 0.3, "top1_epoch_9": 0.8},
        {"key": "b", "seed": 1, "macs": 200, "top1": 0.6, "top1_epoch_3": 0.1, "top1_epoch_9": 0.6},
        {"key": "a", "seed": 0, "macs": 100, "top1": 0.5, "top1_epoch_3": 0.2, "top1_epoch_9": 0.5},
    ]
)


def test_a_task_is_answered_with_its_seed_at_its_epoch():
    answers = recorded(TABLE)
    assert answers.answer(Request("b", 1, 3)) == {"top1": 0.1}
    assert answers.answer(Request("b", 0, 9)) == {"top1": 0.8}


def test_a_network_truly_reaches_its_mean_over_seeds_at_the_end():
    answers = recorded(TABLE)
    assert answers.keys == ("b", "a")
    assert answers.losses.tolist() == [[pytest.approx(-0.7), 200], [-0.5, 100]]


def test_losses_come_in_the_order_of_the_networks_asked_for():
    assert recorded(TABLE).losses_of(["a", "b", "a"])[:, 1].tolist() == [100, 200, 100]


def test_what_was_not_recorded_has_no_answer():
    with pytest.raises(KeyError):
        recorded(TABLE).answer(Request("a", 1, 9))
