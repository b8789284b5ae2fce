import json
import os
import signal
import socket
import subprocess
import sys
from threading import Timer

import pytest

from moat_lab.errors import UserError
from moat_lab.records import ResultsFolder

HOLD = (
    "import sys, time; from pathlib import Path; from moat_lab.records import ResultsFolder\n"
    "with ResultsFolder(Path(sys.argv[1])).locked(): print('has it', flush=True); time.sleep(60)"
)


@pytest.fixture
def other(tmp_path):
    """Another process that has the lock of the folder."""
    child = subprocess.Popen([sys.executable, "-c", HOLD, str(tmp_path)], stdout=subprocess.PIPE)
    assert child.stdout.readline() == b"has it\n"
    yield child
    child.kill()
    child.wait()
    child.stdout.close()


def test_who_has_the_lock_is_named_with_host_and_time(tmp_path, other):
    with pytest.raises(UserError) as taken, ResultsFolder(tmp_path).locked():
        pytest.fail("two have it")
    since = json.loads((tmp_path / ".lock.json").read_text())["since"]
    first, second = str(taken.value).splitlines()
    who = f"process {other.pid} on {socket.gethostname()} has had it since {since} (`"
    assert first.startswith(f"one command at a time works in {tmp_path}; {who}")
    assert second == "  run this again when that has ended, or name another folder with --results"


def test_a_killed_holder_leaves_nothing_that_stops_the_next(tmp_path, other):
    os.kill(other.pid, signal.SIGKILL)
    other.wait()
    assert json.loads((tmp_path / ".lock.json").read_text())["pid"] == other.pid
    with ResultsFolder(tmp_path).locked():
        assert json.loads((tmp_path / ".lock.json").read_text())["pid"] == os.getpid()
    assert not (tmp_path / ".lock.json").exists()


def test_a_holder_that_has_not_said_who_it_is_is_another_process(tmp_path, other):
    (tmp_path / ".lock.json").write_text("{")
    with pytest.raises(UserError, match="; another process has it\n"), ResultsFolder(tmp_path).locked():
        pytest.fail("two have it")


def test_a_holder_that_says_who_it_is_a_moment_later_is_named(tmp_path, other):
    holder = tmp_path / ".lock.json"
    text = holder.read_text()
    holder.unlink()
    Timer(0.2, holder.write_text, [text]).start()
    with pytest.raises(UserError, match=f"process {other.pid} on "), ResultsFolder(tmp_path).locked():
        pytest.fail("two have it")


def test_who_has_the_lock_may_take_it_again_and_it_is_free_after_the_last(tmp_path):
    with ResultsFolder(tmp_path / "new").locked(), ResultsFolder(tmp_path / "new").locked():
        pass
    with ResultsFolder(tmp_path / "new").locked():
        assert (tmp_path / "new" / ".lock.json").exists()
    child = subprocess.Popen([sys.executable, "-c", HOLD, str(tmp_path / "new")], stdout=subprocess.PIPE)
    assert child.stdout.readline() == b"has it\n"
    child.kill()
    child.wait()
    child.stdout.close()


def test_a_failure_inside_gives_the_lock_back(tmp_path):
    with pytest.raises(ZeroDivisionError), ResultsFolder(tmp_path).locked():
        _ = 1 / 0
    with ResultsFolder(tmp_path).locked():
        assert (tmp_path / ".lock.json").exists()
