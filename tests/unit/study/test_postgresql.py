"""A study whose view is on PostgreSQL: beside others' studies, and with the server away midway."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from io import StringIO
from types import SimpleNamespace

import optuna
import psycopg
import pytest
from optuna.storages._rdb import storage as rdb
from rich.console import Console

from moat_lab.engines.engine import TrainingEnded
from moat_lab.errors import UserError
from moat_lab.grammar import to_network
from moat_lab.records import ResultsFolder
from moat_lab.study import view_writer
from moat_lab.study.optuna_view import OptunaView
from moat_lab.study.progress import StudyProgress
from moat_lab.study.run import run_study
from moat_lab.study.storage import open_storage
from moat_lab.study.view_writer import ViewWriter
from tests.unit.study.server import Server, programs
from tests.unit.study.test_optuna_view import recorded

pytestmark = pytest.mark.skipif(programs() is None, reason="needs PostgreSQL's initdb and pg_ctl")


@pytest.fixture(scope="module")
def server():
    server = Server()
    try:
        server.start()
        yield server
    finally:
        server.remove()


@pytest.fixture
def soon(monkeypatch):
    """Without Optuna's own pauses, of up to two seconds each, before it gives a storage up."""
    monkeypatch.setattr(rdb, "random", SimpleNamespace(random=lambda: 0.1))
    monkeypatch.setattr(view_writer, "RETRY_S", 0.2)


def trials_of(server, plan):
    """Variant and state of each trial of the plan's study, as another process reads it."""
    storage = open_storage(server.url)
    (name,) = (name for name in optuna.get_all_study_names(storage) if name.startswith(plan.name))
    trials = optuna.load_study(study_name=name, storage=storage).trials
    storage.engine.dispose()
    return [(trial.user_attrs["network_key"], trial.state.name) for trial in trials]


def somebodys_study(server):
    """All that the server has of a study that is not ours; it is made where there is none."""
    storage = open_storage(server.url)
    study = optuna.create_study(study_name="theirs", storage=storage, load_if_exists=True)
    if not study.trials:
        study.set_user_attr("owner", "somebody")
        study.tell(study.ask(), 0.25)
        study.ask()
    storage.engine.dispose()
    return [(t.number, t.state, t.values, t.datetime_start) for t in study.trials], study.user_attrs


class Watched(StudyProgress):
    """Calls `when_ended(networks that ended so far)` as trainings end."""

    def __init__(self, plan, out, when_ended):
        super().__init__(plan, workers=1, console=Console(file=out, width=300))
        self.when_ended, self.ended = when_ended, 0

    def update(self, event):
        super().update(event)
        if isinstance(event, TrainingEnded):
            self.ended += 1
            self.when_ended(self.ended)


def four_networks(plan, name):
    """Four networks that train in a moment, one seed each."""
    first = plan.variants[0]
    texts = [f"stem(4) | 1x mbconv(expand={expand}) @8 for 16px" for expand in (1, 2, 3, 4)]
    variants = tuple(
        replace(first, key=to_network(text).key, network=str(to_network(text)), factors={"expand": str(i)})
        for i, text in enumerate(texts)
    )
    return replace(plan, name=name, variants=variants, baseline=variants[0].key, seeds=(0,))


def wait_until(condition, seconds=60):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not come to that"
        time.sleep(0.05)


def test_a_study_goes_on_without_its_server_and_mends_the_view_when_it_is_back(plan, tmp_path, server, soon):
    plan, out, theirs = four_networks(plan, "away"), StringIO(), somebodys_study(server)
    seen = []

    def when_ended(networks):
        if networks == 1:
            wait_until(lambda: len(trials_of(server, plan)) == 1)
            seen.append(networks)
            server.stop()
        elif networks == 3:
            wait_until(lambda: "cannot be used" in out.getvalue())
            server.start()

    result = run_study(
        plan, ResultsFolder(tmp_path), storage=server.url, progress=Watched(plan, out, when_ended)
    )
    assert (result.trained, result.failed, seen) == (4, 0, [1])
    assert trials_of(server, plan) == [(variant.key, "COMPLETE") for variant in plan.variants]
    assert somebodys_study(server) == theirs
    shown = f"Optuna's storage postgresql://***@127.0.0.1:{server.port}/postgres"
    gone, back = (line for line in out.getvalue().splitlines() if "Optuna's storage" in line)
    assert gone.startswith(f"{shown} cannot be used: ")
    assert back == f"{shown} answers again, and gets what it lacks."
    assert "pa:ss" not in out.getvalue()


def test_a_frozen_server_delays_neither_the_study_nor_its_end(plan, tmp_path, server, soon, monkeypatch):
    monkeypatch.setattr(view_writer, "PATIENCE_S", 0.5)
    plan, said = replace(plan, name="frozen", seeds=(0,)), []
    recorded(plan, tmp_path, [(0.5,), (0.8,)])
    view = OptunaView(plan, ResultsFolder(tmp_path), server.url)
    server.freeze(True)
    began = time.monotonic()
    try:
        with ViewWriter(view, said.append) as writer:
            for variant in plan.variants:
                writer.add(variant, variant.key)
    finally:
        server.freeze(False)
    assert time.monotonic() - began < 15
    shown = f"postgresql://***@127.0.0.1:{server.port}/postgres"
    assert said == [f"Optuna's storage {shown} lacks 2 networks; the same command adds what is missing"]
    wait_until(lambda: "optuna view" not in [thread.name for thread in threading.enumerate()])
    with ViewWriter(OptunaView(plan, ResultsFolder(tmp_path), server.url), said.append) as writer:
        for variant in plan.variants:
            writer.add(variant, variant.key)
    assert sorted(trials_of(server, plan)) == sorted((variant.key, "COMPLETE") for variant in plan.variants)
    assert len(said) == 1


def test_a_server_that_is_not_there_or_does_not_know_the_user_is_the_users_mistake(plan, tmp_path, server):
    folder = ResultsFolder(tmp_path)
    with pytest.raises(UserError, match=r"postgresql://\*\*\*@127.0.0.1:1/lab cannot be used: .*refused"):
        OptunaView(plan, folder, "postgresql://lab:secret@127.0.0.1:1/lab")
    with pytest.raises(UserError, match="password authentication failed") as refused:
        OptunaView(plan, folder, server.url.replace("%40x", "%40y"))
    assert "pa:ss" not in str(refused.value)
    assert "ss%40y" not in str(refused.value)


def test_commands_that_open_a_new_database_at_once_all_have_it(plan, tmp_path, server):
    with psycopg.connect(server.url, autocommit=True) as connection:
        connection.execute("create database fresh")
    plans = [replace(plan, name=f"study {i}") for i in range(8)]
    url = server.url.replace("/postgres", "/fresh")

    def opened(plan):
        view = OptunaView(plan, ResultsFolder(tmp_path), url)
        view.close()
        return view.study.study_name

    with ThreadPoolExecutor(len(plans)) as threads:
        names = list(threads.map(opened, plans))
    assert sorted(optuna.get_all_study_names(open_storage(url))) == sorted(names)
