"""Networks on their way to a storage that fails; PostgreSQL's own failures are in test_postgresql.py."""

import sqlite3
import threading
from types import SimpleNamespace

import optuna
import pytest
from optuna.storages._rdb import storage as rdb
from sqlalchemy.exc import OperationalError

from moat_lab.records import ResultsFolder
from moat_lab.study import view_writer
from moat_lab.study.optuna_view import OptunaView
from moat_lab.study.view_writer import ViewWriter
from tests.unit.study.test_optuna_view import loaded, plan, recorded, states

__all__ = ["plan"]


@pytest.fixture(autouse=True)
def soon(monkeypatch):
    """Without Optuna's own pauses, of up to two seconds each, before it gives a storage up."""
    monkeypatch.setattr(rdb, "random", SimpleNamespace(random=lambda: 0.01))
    monkeypatch.setattr(view_writer, "RETRY_S", 0.05)


@pytest.fixture
def storage(tmp_path):
    """Somebody's, which is not made anew where it is damaged."""
    return f"sqlite:///{tmp_path / 'shared.db'}"


@pytest.fixture
def view(plan, tmp_path, storage):
    recorded(plan, tmp_path, [(0.5, 0.7), (0.8, 0.8)])
    return OptunaView(plan, ResultsFolder(tmp_path), storage)


def written(view, plan, said):
    with ViewWriter(view, said.append) as writer:
        for variant, name in zip(plan.variants, ("first", "second"), strict=True):
            writer.add(variant, name)


def test_the_storage_has_everything_when_the_writer_ends(plan, tmp_path, storage, view):
    said = []
    written(view, plan, said)
    assert [trial.user_attrs["variant"] for trial in loaded(tmp_path, storage).trials] == ["first", "second"]
    assert said == []


def test_a_storage_that_fails_midway_is_said_once_and_gets_what_it_lacks(plan, tmp_path, storage, view):
    with sqlite3.connect(tmp_path / "shared.db") as database:
        database.execute("drop table trials")
    said = []
    written(view, plan, said)
    assert states(loaded(tmp_path, storage)) == ["COMPLETE", "COMPLETE"]
    assert said == [
        f"Optuna's storage {storage} cannot be used: no such table: trials\n"
        "  The study goes on, and adds what is missing when the storage answers.",
        f"Optuna's storage {storage} answers again, and gets what it lacks.",
    ]


def test_a_trial_that_was_added_although_the_storage_failed_is_not_added_twice(
    plan, tmp_path, storage, view, monkeypatch
):
    add, failed = optuna.Study.add_trial, []

    def fails_once(self, trial):
        add(self, trial)
        if not failed:
            failed.append(trial)
            raise OperationalError("", {}, ConnectionError("gone before it answered"))

    monkeypatch.setattr(optuna.Study, "add_trial", fails_once)
    said = []
    written(view, plan, said)
    assert [trial.user_attrs["variant"] for trial in loaded(tmp_path, storage).trials] == ["first", "second"]
    assert "gone before it answered" in said[0]


def test_a_storage_that_stays_away_is_said_to_lack_networks(plan, tmp_path, storage, view):
    (tmp_path / "shared.db").unlink()
    (tmp_path / "shared.db").mkdir()
    said = []
    written(view, plan, said)
    assert said[0].startswith(f"Optuna's storage {storage} cannot be used: attempt to write a readonly ")
    assert said[1:] == [f"Optuna's storage {storage} lacks 2 networks; the same command adds what is missing"]


def test_a_study_does_not_wait_for_a_storage_that_never_answers(plan, storage, view, monkeypatch):
    thaws = threading.Event()
    monkeypatch.setattr(view_writer, "PATIENCE_S", 0.5)
    monkeypatch.setattr(optuna.Study, "add_trial", lambda self, trial: thaws.wait(30))
    said = []
    written(view, plan, said)
    assert said == [f"Optuna's storage {storage} lacks 2 networks; the same command adds what is missing"]
    thaws.set()


def test_a_storage_that_goes_away_between_two_studies_of_a_command_is_opened_when_it_is_back(
    plan, tmp_path, storage, view
):
    view.close()
    (tmp_path / "shared.db").rename(tmp_path / "away.db")
    (tmp_path / "shared.db").mkdir()
    second = OptunaView(plan, ResultsFolder(tmp_path), storage)
    (tmp_path / "shared.db").rmdir()
    (tmp_path / "away.db").rename(tmp_path / "shared.db")
    said = []
    written(second, plan, said)
    assert states(loaded(tmp_path, storage)) == ["COMPLETE", "COMPLETE"]
    assert said == []
