import sqlite3

import optuna
import pytest

from moat_lab.errors import UserError
from moat_lab.study.trials import Trials, without_password


def told(plan, folder, values):
    trials = Trials(plan, folder)
    for variant, each in zip(plan.variants, values, strict=True):
        trials.tell(variant, each)
    return trials.study


def test_a_trial_holds_values_levels_and_network(plan, tmp_path):
    study = told(plan, tmp_path, [(0.6, 100.0), (0.8, 200.0)])
    assert [trial.values for trial in study.trials] == [[0.6, 100.0], [0.8, 200.0]]
    assert [trial.params for trial in study.trials] == [variant.factors for variant in plan.variants]
    assert study.trials[0].user_attrs["network"] == plan.variants[0].network
    assert [direction.name for direction in study.directions] == ["MAXIMIZE", "MINIMIZE"]


def test_what_failed_is_told_once_and_once_more_when_it_has_finished(plan, tmp_path):
    told(plan, tmp_path, [None, (0.8, 200.0)])
    told(plan, tmp_path, [None, (0.8, 200.0)])
    study = told(plan, tmp_path, [(0.6, 100.0), (0.8, 200.0)])
    assert [trial.state.name for trial in study.trials] == ["FAIL", "COMPLETE", "COMPLETE"]
    assert study.trials[2].user_attrs["network_key"] == plan.variants[0].key


def test_trials_that_an_older_version_left_open_are_left_alone(plan, tmp_path):
    before = Trials(plan, tmp_path).study
    before.enqueue_trial({})
    before.ask()
    before.enqueue_trial({})
    study = told(plan, tmp_path, [(0.6, 100.0), (0.8, 200.0)])
    assert [trial.state.name for trial in study.trials] == ["RUNNING", "WAITING", "COMPLETE", "COMPLETE"]


def test_two_commands_with_one_storage_do_not_end_each_others_trials(plan, tmp_path):
    storage = f"sqlite:///{tmp_path / 'shared.db'}"
    first, second = Trials(plan, tmp_path / "a", storage), Trials(plan, tmp_path / "b", storage)
    first.tell(plan.variants[0], (0.6, 100.0))
    second.tell(plan.variants[1], (0.8, 200.0))
    first.tell(plan.variants[1], (0.8, 200.0))
    states = [trial.state.name for trial in Trials(plan, tmp_path, storage).study.trials]
    assert states == ["COMPLETE"] * 3


@pytest.mark.parametrize("storage", ["sqlite:////nowhere/at/all/optuna.db", "no url", "redis://host"])
def test_a_storage_that_cannot_be_opened_is_the_users_mistake(plan, tmp_path, storage):
    with pytest.raises(UserError, match=r"Optuna's storage .* cannot be used: "):
        Trials(plan, tmp_path, storage)


def test_a_storage_that_goes_away_midway_is_said_by_its_first_cause(plan, tmp_path):
    trials = Trials(plan, tmp_path)
    with sqlite3.connect(tmp_path / "optuna.db") as database:
        database.execute("drop table trials")
    with pytest.raises(UserError) as gone:
        trials.tell(plan.variants[0], (0.6, 100.0))
    assert str(gone.value).splitlines() == [
        f"Optuna's storage sqlite:///{tmp_path / 'optuna.db'} cannot be used: no such table: trials",
        "  mend it, or name another with --storage, and run again: what has a record is not trained again",
    ]


def test_a_storages_password_is_in_no_message(plan, tmp_path, monkeypatch):
    def refused(**given):
        raise ConnectionError(f"no server at {given['storage']}, with 'pa:ss@x'")

    monkeypatch.setattr(optuna, "create_study", refused)
    with pytest.raises(UserError) as error:
        Trials(plan, tmp_path, "postgresql://me:pa:ss%40x@host:5432/lab?sslpassword=hush")
    said = str(error.value)
    assert said.startswith("Optuna's storage postgresql://***@host:5432/lab cannot be used: ")
    assert "no server at postgresql://***@host:5432/lab, with '***'" in said


@pytest.mark.parametrize(
    ("storage", "shown"),
    [
        ("postgresql://me:a@b/c@host/lab", "postgresql://***@host/lab"),
        ("mysql+pymysql://host/lab?password=x", "mysql+pymysql://host/lab"),
        ("sqlite:////home/a@b/optuna.db", "sqlite:////home/a@b/optuna.db"),
        ("me:secret@host", "***@host"),
        ("no url", "no url"),
    ],
)
def test_a_storages_url_is_shown_without_who_and_how(storage, shown):
    assert without_password(storage) == shown
