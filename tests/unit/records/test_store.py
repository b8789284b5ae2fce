"""Finished trainings stay, whole, whoever writes and whatever is killed."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from moat_lab.files import write_atomically
from moat_lab.records import OutcomeReader, ResultsFolder, Store
from moat_lab.records.evaluation import EVALUATION
from moat_lab.records.strict_json import to_text


def test_an_appended_evaluation_is_found_and_read(tmp_path, evaluation):
    store = Store(tmp_path / "evaluations")
    path = store.append(evaluation())
    assert path.name == "0123456789ab-ba9876543210-7.json"
    assert store.has("0123456789ab", "ba9876543210", 7)
    assert store.find("0123456789ab", "ba9876543210", 7) == evaluation()
    assert not store.has("0123456789ab", "ba9876543210", 8)
    assert store.read().evaluations == (evaluation(),)


def test_a_folder_that_is_not_there_holds_nothing(tmp_path):
    reading = ResultsFolder(tmp_path / "nowhere").evaluations.read()
    assert (reading.evaluations, reading.damaged) == ((), ())


def test_evaluations_come_by_file_name(tmp_path, evaluation):
    store = Store(tmp_path)
    for seed in (2, 0, 1):
        store.append(evaluation(seed=seed))
    assert [e.seed for e in store.read().evaluations] == [0, 1, 2]


def test_damaged_files_are_named_and_skipped(tmp_path, evaluation):
    store = Store(tmp_path)
    store.append(evaluation())
    cut = store.path("0123456789ab", "ba9876543210", 8)
    cut.write_text(to_text(EVALUATION, evaluation(seed=8))[:200])
    (tmp_path / "bytes.json").write_bytes(b"\xff\xfe\x00")
    reading = store.read()
    assert reading.evaluations == (evaluation(),)
    assert [item.path.name for item in reading.damaged] == [cut.name, "bytes.json"]
    assert reading.damaged[0].reason.startswith("Invalid JSON: EOF")
    assert not store.has("0123456789ab", "ba9876543210", 8)


@pytest.mark.parametrize("made", ["pipe", "folder", "device", "copy", "named so"])
def test_what_is_no_record_is_named_and_never_waited_for(tmp_path, evaluation, made):
    store = Store(tmp_path / "evaluations")
    record, path = store.append(evaluation()), tmp_path / "evaluations" / "x.json"
    if made == "pipe":
        os.mkfifo(path)
    elif made == "folder":
        path.mkdir()
    elif made == "device":
        path.symlink_to("/dev/zero")
    elif made == "copy":
        path = record.with_name(f"{record.stem} (copy).json")
        path.write_bytes(record.read_bytes())
    else:
        path = record.with_name("0123456789ab-ba9876543210-999999999.json")
        path.write_bytes(record.read_bytes())
    reading = store.read()
    assert reading.evaluations == (evaluation(),)
    assert [item.path for item in reading.damaged] == [path]
    assert OutcomeReader(ResultsFolder(tmp_path)).read().damaged == reading.damaged
    assert ResultsFolder(tmp_path).read().damaged == reading.damaged


def test_a_damaged_file_is_replaced_by_its_evaluation(tmp_path, evaluation):
    store = Store(tmp_path)
    store.path("0123456789ab", "ba9876543210", 7).write_text("{")
    store.append(evaluation())
    assert store.read().evaluations == (evaluation(),)


def test_a_copy_under_another_name_is_damaged(tmp_path, evaluation):
    store = Store(tmp_path)
    store.append(evaluation()).rename(store.path("0123456789ab", "ba9876543210", 9))
    assert [item.reason for item in store.read().damaged] == [
        "holds the evaluation that belongs in 0123456789ab-ba9876543210-7.json"
    ]


def test_the_same_training_again_replaces_its_record(tmp_path, evaluation):
    store = Store(tmp_path)
    store.append(evaluation(status="failed", error="killed", scores={}))
    store.append(evaluation(scores={"top1": 0.5}))
    assert [e.score for e in store.read().evaluations] == [0.5]


def test_a_failure_never_replaces_a_finished_training(tmp_path, evaluation):
    store = Store(tmp_path)
    store.append(evaluation())
    store.append(evaluation(status="failed", error="killed", scores={}))
    assert store.read().evaluations == (evaluation(),)


def test_a_paused_training_is_found_but_has_not_ended(tmp_path, paused):
    store = Store(tmp_path)
    store.append(paused(2))
    assert store.find("0123456789ab", "ba9876543210", 7) == paused(2)
    assert not store.has("0123456789ab", "ba9876543210", 7)
    assert store.read().evaluations == (paused(2),)


def test_a_failed_training_has_ended(tmp_path, evaluation):
    store = Store(tmp_path)
    store.append(evaluation(status="failed", error="killed", scores={}))
    assert store.has("0123456789ab", "ba9876543210", 7)


def test_a_paused_training_replaces_only_one_that_has_come_no_further(tmp_path, paused):
    store = Store(tmp_path)
    for epochs, kept in ((2, 2), (4, 4), (3, 4), (4, 4)):
        store.append(paused(epochs))
        assert [e.epochs for e in store.read().evaluations] == [kept]
    store.append(paused(4, train_s=1.5))
    assert [e.train_s for e in store.read().evaluations] == [1.5]


@pytest.mark.parametrize(
    "end", [{}, {"status": "failed", "error": "killed", "scores": {}}], ids=["ok", "failed"]
)
def test_what_has_ended_replaces_what_was_paused_and_is_not_replaced_by_it(tmp_path, evaluation, paused, end):
    store = Store(tmp_path)
    store.append(paused(4))
    store.append(evaluation(**end))
    assert store.read().evaluations == (evaluation(**end),)
    store.append(paused(9))
    assert store.read().evaluations == (evaluation(**end),)


def test_a_later_failure_replaces_an_earlier_one_however_far_it_came(tmp_path, evaluation):
    store, failed = Store(tmp_path), {"status": "failed", "scores": {}}
    store.append(evaluation(**failed, error="a loss that is not finite"))
    store.append(evaluation(**failed, error="memory", curve=()))
    assert [e.error for e in store.read().evaluations] == ["memory"]


def test_checkpoints_stand_beside_the_evaluations(tmp_path):
    assert ResultsFolder(tmp_path).checkpoints == tmp_path / "checkpoints"
    assert ResultsFolder(tmp_path).evaluations.folder == tmp_path / "evaluations"


@pytest.mark.parametrize("other", [{"network": "stem(64)"}, {"recipe": {"epochs": 99}}])
def test_another_training_with_the_same_keys_is_refused(tmp_path, evaluation, other):
    store = Store(tmp_path)
    store.append(evaluation())
    with pytest.raises(ValueError, match="holds another network or recipe with the same key; not replaced"):
        store.append(evaluation(**other))
    assert store.read().evaluations == (evaluation(),)


def test_a_recipe_with_tuples_can_be_appended_twice(tmp_path, evaluation):
    store = Store(tmp_path)
    store.append(evaluation(recipe={"betas": (0.9, 0.99)}))
    store.append(evaluation(recipe={"betas": (0.9, 0.99)}))
    assert [dict(e.recipe) for e in store.read().evaluations] == [{"betas": [0.9, 0.99]}]


def test_a_writer_killed_before_the_rename_leaves_the_old_record(tmp_path, evaluation):
    store = Store(tmp_path)
    path = store.append(evaluation())
    killed = (
        "import os, sys; from pathlib import Path; from moat_lab.files import write_atomically\n"
        "os.replace = lambda *_: os._exit(9)\n"
        "write_atomically(Path(sys.argv[1]), 'new')"
    )
    assert subprocess.run([sys.executable, "-c", killed, path], check=False).returncode == 9
    assert len(list(tmp_path.iterdir())) == 2  # the record, and what the killed writer left
    assert store.read().evaluations == (evaluation(),)
    assert store.read().damaged == ()


def test_a_write_that_fails_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch):
    path = write_atomically(tmp_path / "a.json", "old")

    def full(*_):
        raise OSError("no space left")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="no space left"):
        write_atomically(path, "new")
    assert [item.name for item in tmp_path.iterdir()] == ["a.json"]
    assert path.read_text() == "old"


def test_many_writers_of_one_file_leave_one_whole_record(tmp_path, evaluation):
    store = Store(tmp_path)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda i: store.append(evaluation(train_s=float(i))), range(40)))
    assert len(store.read().evaluations) == 1
    assert len(list(tmp_path.iterdir())) == 1
