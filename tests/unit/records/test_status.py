"""What a command runs now: there while it runs, and no longer."""

import os
import subprocess
import sys
import time

import pytest

from moat_lab.records import ResultsFolder, SlotStatus, Status

STATUS = Status(
    slots=(
        SlotStatus(node="node 1", device="cuda:0", training="a, seed 0", epoch=1, epochs=3, score=0.5),
        SlotStatus(node="node 2", device="cpu"),
    ),
    images_per_s={"node 1": 900.5},
    lost=1,
)
WRITE_AND_DIE = """
import os, sys
from pathlib import Path
from moat_lab.records import ResultsFolder, Status
folder = ResultsFolder(Path(sys.argv[1]))
with folder.locked():
    folder.write_status(Status(slots=(), images_per_s={}, lost=0))
    os._exit(9)
"""


@pytest.fixture
def folder(tmp_path):
    return ResultsFolder(tmp_path)


def test_a_status_is_read_as_written_while_its_writer_has_the_lock(folder):
    with folder.locked():
        folder.write_status(STATUS)
        assert folder.read_status() == STATUS
    assert folder.read_status() is None


def test_a_killed_writers_status_is_ignored_at_once(folder):
    done = subprocess.run([sys.executable, "-c", WRITE_AND_DIE, str(folder)], check=False)
    assert done.returncode == 9
    assert folder.status_file.exists()
    assert folder.lock_holder_file.exists()
    assert folder.read_status() is None


@pytest.mark.parametrize(("age_s", "status"), [(5, STATUS), (15, None)])
def test_a_status_that_was_not_written_for_15_seconds_is_ignored(folder, age_s, status):
    with folder.locked():
        file = folder.write_status(STATUS)
        written = time.time() - age_s
        os.utime(file, (written, written))
        assert folder.read_status() == status


@pytest.mark.parametrize("content", ["", "{", "[]", '{"slots": 3}'])
def test_a_damaged_status_is_none(folder, content):
    with folder.locked():
        folder.status_file.write_text(content)
        assert folder.read_status() is None


def test_nobody_has_to_run(folder):
    assert folder.read_status() is None
    folder.remove_status()


def test_slots_of_a_node_are_found_by_its_name():
    assert STATUS.nodes == {"node 1": [STATUS.slots[0]], "node 2": [STATUS.slots[1]]}
