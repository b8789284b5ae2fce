"""The same studies on every engine: records are equal to the byte but for times."""

import importlib.util
import json
import os
import signal
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import replace
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from moat_lab.engines import ENGINES, remote
from moat_lab.engines.engine import EngineOptions, EpochEnded, Job, JobLost, TrainingEnded, run_jobs
from moat_lab.errors import UserError
from moat_lab.grammar import to_network
from moat_lab.records import ResultsFolder
from moat_lab.study.plan import make_plan
from moat_lab.study.progress import StudyProgress
from moat_lab.study.run import run_study
from moat_lab.study.study_spec import load_study
from moat_lab.train import Recipe, evaluate
from moat_lab.train.run import Run
from tests.recipes import DETECTED, SEGMENTED
from tests.unit.engines.conftest import jobs_of

LIBRARIES = {"ray": "ray", "slurm": "submitit"}
OTHERS = sorted(set(ENGINES) - {"local"})
EVERY_ENGINE = pytest.mark.parametrize("engine", OTHERS)
STUDIES = {
    "ablation": """
question: Does squeeze-excite help?
space: stem(4) | 1x layer @8 for 16px where layer in {mbconv, mbconv(se=0.25)}
recipe: tiny
seeds: 2
""",
    "search": """
question: Which width?
space: stem(4) | n x mbconv @w for 16px where n in 1..2, w in {8, 12, 16}
recipe: tiny
seeds: 1
sampler: random
trials: 5
max_concurrent: 3
rungs: {epochs: [1], keep: 0.5}
screen: {score: synflow, keep: 0.7}
""",
    "segmentation": """
question: Does squeeze-excite help to segment?
space: stem(4) | 1x layer @8 for 16px where layer in {mbconv, mbconv(se=0.25)}
recipe: segment
seeds: 1
""",
    "detection": """
question: Does squeeze-excite help to detect?
space: stem(4) | 1x layer @8 for 48px where layer in {mbconv, mbconv(se=0.25)}
recipe: detect
seeds: 1
""",
}
RECIPES = {
    "tiny": """
data: digits
resolution: 16
train: 40
val: 50
epochs: 2
batch: 20
learning_rate: 0.01
curve_points: 2
""",
    "segment": f"{SEGMENTED}epochs: 2\ncurve_points: 2\n",
    "detect": f"{DETECTED}val: 8\nepochs: 2\ncurve_points: 2\n",
}
TRAININGS = ("ablation", "segmentation", "detection", "failing")
TIMES = {"train_s": 0, "images_per_s": 0}


@pytest.fixture(scope="session")
def cluster(tmp_path_factory):
    """A Ray cluster of two nodes of this machine, with a core each; its address."""
    ray_cluster = pytest.importorskip("ray.cluster_utils")
    cluster = ray_cluster.Cluster(
        initialize_head=True, head_node_args={"num_cpus": 1, "include_dashboard": False}
    )
    cluster.add_node(num_cpus=1)
    yield cluster.address
    cluster.shutdown()


@pytest.fixture(scope="session")
def studies(tmp_path_factory):
    """The folder of the studies' files."""
    folder = tmp_path_factory.mktemp("studies")
    (folder / "recipes").mkdir()
    for name, text in RECIPES.items():
        (folder / "recipes" / f"{name}.yaml").write_text(text)
    for name, text in STUDIES.items():
        (folder / f"{name}.yaml").write_text(text)
    return folder


@pytest.fixture(scope="session")
def plans(studies):
    """Each study's plan by name; `failing` is the ablation with a learning rate that breaks every loss."""
    plans = {}
    for name in STUDIES:
        spec = load_study(studies / f"{name}.yaml")
        plans[name] = make_plan(spec, seeds=spec.seeds, command="")
    known = plans["ablation"]
    recipe = Recipe.model_validate({**known.recipe, "learning_rate": 1e30, "optimizer": "sgd"})
    plans["failing"] = replace(known, recipe=recipe.content(), recipe_key=recipe.key, seeds=(0,))
    return plans


@pytest.fixture(scope="session")
def local_trainings(plans, tmp_path_factory):
    """The records of every training on the local engine."""
    return trainings(
        plans, tmp_path_factory.mktemp("trainings"), "local", EngineOptions(data="digits", workers=1)
    )


@pytest.fixture(scope="session")
def local_search(plans, tmp_path_factory):
    """The records of the search on the local engine."""
    return searched(plans["search"], tmp_path_factory.mktemp("search"), "local", EngineOptions(), workers=1)


def options_for(engine, request):
    """How the engine is told to use this machine; a test of one whose library is missing is skipped."""
    if engine in LIBRARIES and importlib.util.find_spec(LIBRARIES[engine]) is None:
        pytest.skip(f"{LIBRARIES[engine]} is not installed: pip install 'moat-lab[{engine}]'")
    if engine == "ray":
        return EngineOptions(address=request.getfixturevalue("cluster"))
    return EngineOptions(slurm="cluster=local,cpus=1")


@contextmanager
def one_thread_each(workers):
    """Their number decides about bits."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "cpu_count", lambda: workers)
        yield


def trainings(plans, folder, engine, options):
    """File -> record of every network and seed of the plans, all by one engine, with times blanked."""
    jobs = [job for name in TRAININGS for job in jobs_of(plans[name])]
    results = ResultsFolder(folder)
    with one_thread_each(options.workers), ENGINES[engine](results, options) as working:
        ended = [event for event in carried_out(working, jobs) if isinstance(event, TrainingEnded)]
    assert len(ended) == len(jobs)
    return records(results)


def searched(plan, folder, engine, options, *, workers):
    """File -> record of the search, with times blanked, and its journal."""
    progress = StudyProgress(plan, workers=workers, console=Console(file=StringIO()))
    results = ResultsFolder(folder)
    with one_thread_each(workers):
        run_study(plan, results, engine=engine, workers=workers, progress=progress, options=options)
    return records(results) | {"journal": results.journal_file.read_text()}


def records(results):
    found = {}
    for kind in ("evaluations", "measurements"):
        for path in sorted((results.path / kind).glob("*.json")):
            record = json.loads(path.read_text())
            record |= {name: 0 for name in TIMES if name in record}
            found[f"{kind}/{path.name}"] = json.dumps(record)
    return found


@EVERY_ENGINE
def test_every_training_is_recorded_as_the_local_engine_does_but_for_times(
    engine, plans, local_trainings, tmp_path, request
):
    options = replace(options_for(engine, request), data="digits", workers=2)
    assert trainings(plans, tmp_path, engine, options) == local_trainings
    assert {json.loads(record)["status"] for record in local_trainings.values()} == {"ok", "failed"}
    assert no_mail(tmp_path)


@EVERY_ENGINE
def test_a_search_is_recorded_as_the_local_engine_does_but_for_times(
    engine, plans, local_search, tmp_path, request
):
    options = options_for(engine, request)
    assert searched(plans["search"], tmp_path, engine, options, workers=2) == local_search
    assert no_mail(tmp_path)


def no_mail(folder):
    return not [path.name for path in folder.iterdir() if path.name.startswith((".mailboxes", ".shared"))]


def slow(plan, epochs):
    """The plan's first job, with so many epochs, each of which ends with a validation."""
    recipe = Recipe.model_validate({**plan.recipe, "epochs": epochs, "curve_points": epochs})
    return Job(run=Run(network=to_network(plan.variants[0].network), recipe=recipe, seed=0), epochs=epochs)


def carried_out(engine, jobs):
    waiting = iter(jobs)
    yield from run_jobs(engine, lambda: next(waiting, None))


def test_a_dead_actor_loses_its_job_only_and_others_go_on(plans, cluster, tmp_path):
    first = slow(plans["ablation"], 2000)
    options = EngineOptions(address=cluster, data="digits")
    with ENGINES["ray"](ResultsFolder(tmp_path), options) as engine:
        assert {(slot.node[:5], slot.job) for slot in engine.slots()} == {("node ", None)}
        events = []
        for event in carried_out(engine, [first, slow(plans["ablation"], 2)]):
            events.append(event)
            if isinstance(event, EpochEnded) and event.job == first and event.epoch.epoch == 1:
                busy = [slot.job for slot in engine.slots() if slot.job]
                assert first in busy
                os.kill(engine.process_of(first), signal.SIGKILL)
    lost = [event for event in events if isinstance(event, JobLost)]
    assert [(event.job, event.with_node) for event in lost] == [(first, False)]
    assert lost[0].reason == "WorkerDied: the process that worked on it ended"
    assert [event.evaluation.status for event in events if isinstance(event, TrainingEnded)] == ["ok"]
    assert [e.epochs for e in ResultsFolder(tmp_path).read().evaluations] == [2]


@pytest.mark.parametrize("mixed", [False, True])
def test_a_node_with_another_torch_is_named_and_used_only_where_versions_may_mix(
    cluster, tmp_path, monkeypatch, mixed
):
    monkeypatch.setattr(remote, "version", lambda name: "0.0")  # here, not on the nodes
    engine = ENGINES["ray"](
        ResultsFolder(tmp_path), EngineOptions(address=cluster, data="digits", mixed=mixed)
    )
    if mixed:
        with engine:
            assert engine.free >= 1
        return
    with pytest.raises(UserError, match=r"node 1 is not used: torch \S+ there, 0\.0 here"), engine:
        pass


def preempt(results):
    """Tells the only allocation on this machine that it is taken away, as Slurm does."""
    (log,) = results.mailboxes.glob("*/logs/*_0_log.out")
    controller = log.name.split("_")[0]
    (task,) = Path(f"/proc/{controller}/task/{controller}/children").read_text().split()
    os.kill(int(task), signal.SIGUSR2)


def test_a_preempted_allocation_goes_on_from_its_checkpoint(plans, tmp_path):
    options_for("slurm", None)
    job, epochs = slow(plans["ablation"], 30), []
    engine = ENGINES["slurm"](ResultsFolder(tmp_path), EngineOptions(slurm="cluster=local,cpus=1"))
    with engine:
        for event in carried_out(engine, [job]):
            if isinstance(event, EpochEnded):
                epochs.append(event.epoch.epoch)
                if len(epochs) == 1:
                    preempt(ResultsFolder(tmp_path))
            assert not isinstance(event, JobLost)
    assert (epochs[0], epochs[-1]) == (1, 30)
    assert epochs == sorted(set(epochs))  # the end of one may not be heard, and none is trained twice
    (record,) = ResultsFolder(tmp_path).read().evaluations
    alone = evaluate(job.run.network, job.run.recipe, 0)
    assert record.curve == alone.curve
    # A write that the preemption cut short leaves a file of another name, which nothing reads.
    assert not list(ResultsFolder(tmp_path).checkpoints.glob("*.safetensors"))


def ended(studies, code, *words):
    """A command, after some code, in a process of its own."""
    start = f"import sys; {code}; from moat_lab.__main__ import main; sys.argv = ['moat-lab', *{words!r}]; "
    return subprocess.run(
        [sys.executable, "-c", start + "main()"], cwd=studies, capture_output=True, text=True, check=False
    )


@EVERY_ENGINE
def test_an_engine_without_its_library_names_the_extra(engine, studies):
    absent = f"sys.modules[{LIBRARIES[engine]!r}] = None"
    done = ended(studies, absent, "study", str(studies / "ablation.yaml"), "--engine", engine)
    assert done.returncode == 2, done.stdout + done.stderr
    assert f"pip install 'moat-lab[{engine}]'" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (studies / "runs").exists()


def test_a_study_on_this_machine_loads_no_library_of_another_engine(studies, tmp_path):
    loaded = "import atexit; atexit.register(lambda: print(sorted({'ray', 'submitit'} & {*sys.modules})))"
    words = ("study", str(studies / "ablation.yaml"), "--workers", "1", "--results", str(tmp_path))
    done = ended(studies, loaded, *words)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines()[-1] == "[]"


def test_an_option_of_another_engine_is_refused(studies):
    done = ended(studies, "pass", "study", str(studies / "ablation.yaml"), "--address", "auto")
    assert done.returncode == 2, done.stdout + done.stderr
    assert "--address is for --engine ray; the engine is local" in done.stderr
