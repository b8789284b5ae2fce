"""What allocations are asked for, and what they and a study tell each other."""

import os
import time

import pytest

from moat_lab.engines import slurm as room
from moat_lab.errors import UserError
from moat_lab.records import ResultsFolder


def test_options_are_those_of_the_scheduler():
    given = room.slurm_options("partition=gpu, time=60,gpus=2,trainings=4")
    assert given == {"partition": "gpu", "time": "60", "gpus": "2", "trainings": "4"}
    assert room.parameters({"partition": "gpu", "time": "60", "gpus": "2"}) == {
        "timeout_min": 60,
        "gpus_per_node": 2,
        "slurm_partition": "gpu",
    }


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("partition", "NAME=VALUE is needed at 'partition'; got ''"),
        ("time=soon", "a whole number of 1 or more is needed at 'time'; got 'soon'"),
        ("trainings=0", "a whole number of 1 or more is needed at 'trainings'; got '0'"),
    ],
)
def test_what_is_no_option_is_refused(text, message):
    with pytest.raises(UserError, match=message):
        room.slurm_options(text)


def test_messages_come_in_the_order_in_which_they_were_put_and_stay_until_removed(tmp_path):
    mailbox = room.Mailbox(tmp_path / "jobs")
    assert mailbox.messages() == []
    for number, message in ((3, "third"), (20, "last"), (1, "first")):
        mailbox.put(number, message)
    assert mailbox.messages() == [(1, "first"), (3, "third"), (20, "last")]
    mailbox.remove(3)
    mailbox.remove(3)
    assert mailbox.messages() == [(1, "first"), (20, "last")]


def test_allocations_of_an_earlier_run_are_ended_before_another_begins(tmp_path):
    results = ResultsFolder(tmp_path)
    earlier = results.mailboxes / "earlier" / "1"
    earlier.mkdir(parents=True)
    (earlier / "running").touch()
    long_ago = time.time() - room.GONE_S - 1
    os.utime(earlier / "running", (long_ago, long_ago))  # it was killed with its node
    room.end_earlier(results)
    assert list(results.mailboxes.iterdir()) == []
