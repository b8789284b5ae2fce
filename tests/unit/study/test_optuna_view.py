import os
import sqlite3
from dataclasses import replace
from datetime import datetime

import optuna
import pytest

from moat_lab.errors import UserError
from moat_lab.records import Epoch, ResultsFolder, Rungs, Search, Variant
from moat_lab.study.optuna_view import OptunaView
from tests.unit.recorded import ended_training


@pytest.fixture
def plan(plan):
    """Two networks that differ in a width and a ratio, the second scaled to the first's MACs."""
    first, second = plan.variants
    return replace(
        plan,
        variants=(
            replace(
                first, factors={"w": "8", "se": "0", "order": "mbconv"}, costs={**first.costs, "macs": 100}
            ),
            replace(
                second,
                factors={"w": "16", "se": "0.25", "order": "attn"},
                costs={**second.costs, "macs": 200},
                matched="macs",
            ),
        ),
    )


def recorded(plan, folder, top1s, *, ended=1_000_000.0):
    """Writes a record of each network and seed, with these scores; None has failed."""
    store = ResultsFolder(folder).evaluations
    for variant, scores in zip(plan.variants, top1s, strict=True):
        for seed, top1 in zip(plan.seeds, scores, strict=True):
            path = store.append(evaluation(plan, variant, seed, top1), over_failure=True)
            os.utime(path, (ended + seed, ended + seed))


def evaluation(plan, variant, seed, top1):
    curve = [
        Epoch(epoch=epoch, train_loss=1.0, val_loss=1.0, score=(top1 or 0.0) * epoch / 2, learning_rate=0.1)
        for epoch in (1, 2)
    ]
    return ended_training(plan, variant, seed, top1, curve=tuple(curve), train_s=30.0)


def viewed(plan, folder, storage=None):
    """The view with all networks of the plan, read back by Optuna."""
    view = OptunaView(plan, ResultsFolder(folder), storage)
    for variant, name in zip(plan.variants, ("first", "second"), strict=True):
        view.add(variant, name)
    return loaded(folder, storage)


def loaded(folder, storage=None):
    url = storage or f"sqlite:///{folder / 'optuna.db'}"
    (name,) = optuna.get_all_study_names(url)
    return optuna.load_study(study_name=name, storage=url)


def states(study):
    return [trial.state.name for trial in study.trials]


def test_a_trial_holds_objectives_real_levels_curve_times_and_where_it_comes_from(plan, tmp_path):
    recorded(plan, tmp_path, [(0.5, 0.7), (0.8, 0.8)])
    study = viewed(plan, tmp_path)
    assert [direction.name for direction in study.directions] == ["MAXIMIZE", "MINIMIZE"]
    assert study.metric_names == ["top1", "macs"]
    first, second = study.trials
    assert [first.values, second.values] == [[pytest.approx(0.6), 100.0], [pytest.approx(0.8), 200.0]]
    assert first.params == {"w": 8, "se": 0.0, "order": "mbconv"}
    assert second.params == {"w": 16, "se": 0.25, "order": "attn"}
    assert type(first.params["w"]) is int
    assert first.intermediate_values == {1: pytest.approx(0.3), 2: pytest.approx(0.6)}
    assert first.datetime_start == datetime.fromtimestamp(1_000_000 - 30)
    assert first.datetime_complete == datetime.fromtimestamp(1_000_001)
    assert second.user_attrs == {
        "variant": "second",
        "match": "macs",
        "seeds": [0, 1],
        "network_key": plan.variants[1].key,
        "network": plan.variants[1].network,
    }
    assert first.user_attrs["match"] == "none"


def test_what_failed_is_added_once_and_once_more_when_it_has_finished(plan, tmp_path):
    recorded(plan, tmp_path, [(None, 0.7), (0.8, 0.8)])
    viewed(plan, tmp_path)
    assert states(viewed(plan, tmp_path)) == ["FAIL", "COMPLETE"]
    recorded(plan, tmp_path, [(0.5, 0.7), (0.8, 0.8)])
    study = viewed(plan, tmp_path)
    assert states(study) == ["FAIL", "COMPLETE", "COMPLETE"]
    assert study.trials[2].user_attrs["network_key"] == plan.variants[0].key


def test_the_finished_networks_of_a_search_have_the_parameters_of_its_space(plan, tmp_path):
    space = "stem(4) | 1x order @w for 16px where w in {8, 12, 16}, order in {mbconv, mlp}"
    search = Search(
        space=space,
        objectives=("top1", "params"),
        limits={},
        reference={"top1": 0.0, "params": 1e6},
        sampler={"name": "tpe"},
        trials=2,
        rungs=Rungs(epochs=(1,), keep=0.5),
    )
    variant = Variant(
        key=plan.variants[0].key,
        network=plan.variants[0].network,
        factors={"w": "12", "order": "mlp"},
        costs={"params": 7, "macs": 1, "activations": 1},
    )
    start = replace(variant, key=plan.variants[1].key, network=plan.variants[1].network, factors={})
    shown = replace(plan, search=search, baseline="", variants=())
    recorded(replace(plan, variants=(variant, start)), tmp_path, [(0.5, 0.7), (0.8, 0.8)])
    view = OptunaView(shown, ResultsFolder(tmp_path))
    view.add(variant, "w=12")
    view.add(start, "start")
    study = loaded(tmp_path)
    assert study.metric_names == ["top1", "params"]
    assert [trial.params for trial in study.trials] == [{"w": 12, "order": "mlp"}, {}]
    assert [trial.values[1] for trial in study.trials] == [7, 7]
    assert study.trials[0].distributions["w"] == optuna.distributions.IntDistribution(8, 16, step=4)


@pytest.mark.parametrize("damage", ["missing", "cut", "noise", "no trials", "an open trial", "fewer seeds"])
def test_the_folders_own_storage_is_made_anew_where_it_is_damaged_or_outdated(plan, tmp_path, damage):
    recorded(plan, tmp_path, [(0.5, 0.7), (0.8, 0.8)])
    viewed(replace(plan, seeds=(0,)) if damage == "fewer seeds" else plan, tmp_path)
    file = tmp_path / "optuna.db"
    if damage == "missing":
        file.unlink()
    elif damage == "cut":
        file.write_bytes(file.read_bytes()[:5000])
    elif damage == "noise":
        file.write_bytes(b"no database" * 100)
    elif damage == "no trials":
        with sqlite3.connect(file) as database:
            database.execute("drop table trials")
    elif damage == "an open trial":
        loaded(tmp_path).ask()
    study = viewed(plan, tmp_path)
    assert states(study) == ["COMPLETE", "COMPLETE"]
    assert study.trials[0].user_attrs["seeds"] == [0, 1]


def test_the_folders_own_storage_that_breaks_midway_is_made_anew_with_all_trials(plan, tmp_path):
    recorded(plan, tmp_path, [(0.5, 0.7), (0.8, 0.8)])
    view = OptunaView(plan, ResultsFolder(tmp_path))
    view.add(plan.variants[0], "first")
    with sqlite3.connect(tmp_path / "optuna.db") as database:
        database.execute("drop table trials")
    view.add(plan.variants[1], "second")
    assert [trial.user_attrs["variant"] for trial in loaded(tmp_path).trials] == ["first", "second"]


def test_two_commands_with_one_storage_do_not_end_each_others_trials(plan, tmp_path):
    storage = f"sqlite:///{tmp_path / 'shared.db'}"
    for folder in (tmp_path / "a", tmp_path / "b"):
        recorded(plan, folder, [(0.5, 0.7), (0.8, 0.8)])
    first, second = (
        OptunaView(plan, ResultsFolder(folder), storage) for folder in (tmp_path / "a", tmp_path / "b")
    )
    first.add(plan.variants[0], "first")
    second.add(plan.variants[1], "second")
    first.add(plan.variants[1], "second")
    assert states(loaded(tmp_path, storage)) == ["COMPLETE"] * 3


def test_trials_that_others_left_open_in_a_storage_of_theirs_are_left_alone(plan, tmp_path):
    storage = f"sqlite:///{tmp_path / 'shared.db'}"
    OptunaView(plan, ResultsFolder(tmp_path), storage).study.ask()
    recorded(plan, tmp_path, [(0.5, 0.7), (0.8, 0.8)])
    assert states(viewed(plan, tmp_path, storage)) == ["RUNNING", "COMPLETE", "COMPLETE"]


@pytest.mark.parametrize("theirs", ["a trial", "an attribute", "other directions"])
def test_a_study_of_this_name_that_is_not_ours_is_refused_and_stays_as_it_is(plan, tmp_path, theirs):
    storage = f"sqlite:///{tmp_path / 'shared.db'}"
    name = OptunaView(plan, ResultsFolder(tmp_path)).study.study_name
    directions = ["minimize"] if theirs == "other directions" else ["maximize", "minimize"]
    study = optuna.create_study(study_name=name, storage=storage, directions=directions)
    if theirs == "a trial":
        study.ask()
    elif theirs == "an attribute":
        study.set_user_attr("owner", "somebody")
    before = rows(tmp_path / "shared.db")
    with pytest.raises(UserError) as refused:
        OptunaView(plan, ResultsFolder(tmp_path), storage)
    assert str(refused.value).splitlines() == [
        f"Optuna's storage {storage} has a study '{name}' that is not ours",
        "  name another database with --storage; nothing in that study was changed",
    ]
    assert rows(tmp_path / "shared.db") == before


def rows(file):
    """All rows of all tables."""
    with sqlite3.connect(file) as database:
        tables = [name for (name,) in database.execute("select name from sqlite_master where type = 'table'")]
        return {name: database.execute(f"select * from {name}").fetchall() for name in tables}


def test_a_study_whose_making_was_cut_short_is_gone_on_with(plan, tmp_path):
    storage = f"sqlite:///{tmp_path / 'shared.db'}"
    name = OptunaView(plan, ResultsFolder(tmp_path)).study.study_name
    optuna.create_study(study_name=name, storage=storage, directions=["maximize", "minimize"])
    recorded(plan, tmp_path, [(0.5, 0.7), (0.8, 0.8)])
    assert states(viewed(plan, tmp_path, storage)) == ["COMPLETE", "COMPLETE"]


@pytest.mark.parametrize("storage", ["sqlite:////nowhere/at/all/optuna.db", "no url", "redis://host"])
def test_a_storage_that_cannot_be_opened_is_the_users_mistake(plan, tmp_path, storage):
    with pytest.raises(UserError, match=r"Optuna's storage .* cannot be used: "):
        OptunaView(plan, ResultsFolder(tmp_path), storage)


def test_a_storage_of_others_that_goes_away_midway_is_said_by_its_first_cause(plan, tmp_path):
    recorded(plan, tmp_path, [(0.5, 0.7), (0.8, 0.8)])
    storage = f"sqlite:///{tmp_path / 'shared.db'}"
    view = OptunaView(plan, ResultsFolder(tmp_path), storage)
    with sqlite3.connect(tmp_path / "shared.db") as database:
        database.execute("drop table trials")
    with pytest.raises(UserError) as gone:
        view.add(plan.variants[0], "first")
    assert str(gone.value).splitlines() == [
        f"Optuna's storage {storage} cannot be used: no such table: trials",
        "  mend it, or name another with --storage, and run again: what has a record is not trained again",
    ]


def test_a_storages_password_is_in_no_message(plan, tmp_path, monkeypatch):
    def refused(url, **options):
        raise ConnectionError(f"no server at {url}, with 'pa:ss@x'")

    monkeypatch.setattr(optuna.storages, "RDBStorage", refused)
    with pytest.raises(UserError) as error:
        OptunaView(plan, ResultsFolder(tmp_path), "postgresql://me:pa:ss%40x@host:5432/lab?sslpassword=hush")
    said = str(error.value)
    assert said.startswith("Optuna's storage postgresql://***@host:5432/lab cannot be used: ")
    assert "no server at postgresql://***@host:5432/lab, with '***'" in said
