"""What engines cost, and that they give the same: empty jobs, very many evaluations, very many workers.

python benchmarks/engines.py [--jobs 300] [--engines local,ray,slurm] [--evaluations 100000]
    [--workers 100,1000,10000] [--parts equal,empty,driver,simulation]

Equal: an ablation of 3 networks with 3 seeds and a search of 12 networks with rungs are carried out by each
engine (Ray with two raylets of this machine, Slurm by submitit's local executor). Records, and the reports
of records without times, are compared with those of the local engine. An empty job gives a prepared record,
which is written as any other. In virtual time trainings take 60 s, and the loop takes what it really takes:
it reads, writes and chooses, and only the waiting is not real.
"""

from __future__ import annotations

import argparse
import heapq
import importlib
import os
import re
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from io import StringIO
from pathlib import Path
from statistics import median
from typing import Any, Self
from unittest.mock import patch

from rich.console import Console

from moat_lab.engines import ENGINES, local, ray_actor
from moat_lab.engines import ray as ray_engine
from moat_lab.engines import slurm as slurm_engine
from moat_lab.engines.engine import EngineOptions, Event, Job, Slot, run_jobs
from moat_lab.engines.remote import Parcel, keep
from moat_lab.engines.worker import serve
from moat_lab.grammar import to_network
from moat_lab.records import Epoch, Evaluation, Plan, ResultsFolder, Variant
from moat_lab.report.write import write_report
from moat_lab.study.optuna_view import OptunaView
from moat_lab.study.progress import StudyProgress
from moat_lab.study.run import run_study
from moat_lab.study.state import StudyState
from moat_lab.study.view_writer import ViewWriter
from moat_lab.train import Recipe
from moat_lab.train.evaluation import failed_evaluation
from moat_lab.train.run import Run

RECIPE = Recipe.model_validate(
    {
        "data": "digits",
        "resolution": 16,
        "train": 40,
        "val": 50,
        "epochs": 1,
        "batch": 20,
        "learning_rate": 0.01,
    }
)
TEXT = "stem(4) | 1x mbconv @8 for 16px"
TRAINING_S = 60.0
KNOWN: dict[str, Evaluation] = {}
"""A record for each network that was asked for."""


def job(seed: int) -> Job:
    return Job(run=Run(network=to_network(TEXT), recipe=RECIPE, seed=seed), epochs=1)


def record(of: Run) -> Evaluation:
    """What a training of this run might have given."""
    if of.network.key not in KNOWN:  # a cached function of this file could not be sent to other processes
        KNOWN[of.network.key] = _record(of)
    return replace(KNOWN[of.network.key], seed=of.seed)


def _record(of: Run) -> Evaluation:
    failed = failed_evaluation(of, device="cpu", error="none")
    curve = (Epoch(epoch=1, train_loss=1.0, val_loss=1.0, score=0.5, learning_rate=0.01),)
    return replace(
        failed, status="ok", error=None, scores={"top1": 0.5}, final_loss=1.0, curve=curve, train_s=60.0
    )


def prepared(job: Job, results: ResultsFolder, device: str, on_epoch: object) -> list[Evaluation]:
    """In place of `execute`: a record without a training."""
    done = record(job.run)
    results.evaluations.append(done)
    return [done]


def serve_empty(*arguments: Any) -> None:
    """A worker process of the local engine whose jobs are empty."""
    from moat_lab.engines import worker

    with patch.object(worker, "execute", prepared):
        serve(*arguments)


class EmptyActor(ray_actor.SlotActor):
    def _parcels(self, job: Job, checkpoint: bytes | None) -> list[Parcel]:
        return [Parcel.of(record(job.run))]


class EmptyAllocation(slurm_engine.Allocation):
    """Its worker processes find this file as a module."""

    folder_of_benchmarks = str(Path(__file__).parent)

    def __call__(self) -> None:
        sys.path.insert(0, self.folder_of_benchmarks)
        with patch.object(local, "serve", importlib.import_module("engines").serve_empty):
            super().__call__()


STUDIES = {
    "ablation": """
question: Does squeeze-excite help?
space: stem(4) | 1x layer @8 for 16px where layer in {mbconv, mbconv(se=0.25), mbconv(expand=2)}
recipe: tiny
seeds: 3
""",
    "search": """
question: Which width?
space: stem(4) | n x mbconv @w for 16px where n in 1..2, w in 8..32:4
recipe: tiny
seeds: 1
sampler: evolution
trials: 12
rungs: {epochs: [1], keep: 0.5}
""",
}
TINY = """
data: digits
resolution: 16
train: 100
val: 50
epochs: 2
batch: 20
learning_rate: 0.01
curve_points: 2
"""


def equal(engines: list[str], folder: Path) -> Iterator[str]:
    """Runs both studies on each engine, and compares what they wrote."""
    from moat_lab.study.plan import make_plan
    from moat_lab.study.study_spec import load_study

    (folder / "recipes").mkdir(parents=True)
    (folder / "recipes" / "tiny.yaml").write_text(TINY)
    for name, text in STUDIES.items():
        (folder / f"{name}.yaml").write_text(text)
        spec = load_study(folder / f"{name}.yaml")
        plan, known = make_plan(spec, seeds=spec.seeds, command=""), dict[str, str]()
        for engine in ["local", *(of for of in engines if of != "local")]:
            began, results = time.perf_counter(), ResultsFolder(folder / engine / name)
            with cluster(engine) as address:
                carry_out(plan, results, engine, address)
            written = without_times(results)
            known = known or written
            differ = [file for file in known.keys() | written.keys() if known.get(file) != written.get(file)]
            took = time.perf_counter() - began
            said = f"{len(differ)} differ {differ or ''}"
            yield f"{name} on {engine}: {len(written)} files, {said} ({took:.0f} s)"


@contextmanager
def cluster(engine: str) -> Iterator[str]:
    """The address of a Ray cluster of two nodes of this machine; empty for other engines."""
    if engine != "ray":
        yield ""
        return
    from ray.cluster_utils import Cluster

    memory: dict[str, Any] = {"num_cpus": 1, "object_store_memory": 2 * 10**8}
    of_two = Cluster(initialize_head=True, head_node_args={**memory, "include_dashboard": False})
    of_two.add_node(**memory)
    try:
        yield of_two.address
    finally:
        of_two.shutdown()  # type: ignore[no-untyped-call]


def carry_out(plan: Plan, results: ResultsFolder, engine: str, address: str) -> None:
    """A thread for each worker, for their number decides about bits; one worker where order decides too."""
    workers, cores = (1 if plan.search else 2), os.cpu_count
    os.cpu_count = lambda: workers
    try:
        progress = StudyProgress(plan, workers=workers, console=Console(file=StringIO()))
        slurm = "cluster=local,cpus=1" if engine == "slurm" else ""
        options = EngineOptions(address=address, slurm=slurm)
        run_study(plan, results, engine=engine, workers=workers, progress=progress, options=options)
    finally:
        os.cpu_count = cores


def without_times(results: ResultsFolder) -> dict[str, str]:
    """File -> content of plan, records, report and summary, after seconds and rates were made 0."""
    for path in results.evaluations.folder.glob("*.json"):
        path.write_text(re.sub(r'"(train_s|images_per_s)": [^,\n]+', r'"\1": 0', path.read_text()))
    write_report(results)
    files = [*results.path.rglob("*.json"), *results.path.glob("*.md"), results.summary_file]
    return {
        str(path.relative_to(results.path)): path.read_text()
        for path in files
        if not path.name.startswith(".")
    }


def empty(engine: str, jobs: int, folder: Path) -> str:
    """Jobs a second with two slots, and the median time of one job with one."""
    options = EngineOptions(workers=2, data="digits", slurm="cluster=local,cpus=2")
    began = time.perf_counter()
    with (
        patch.object(local, "serve", serve_empty),
        patch.object(ray_engine, "SlotActor", EmptyActor),
        patch.object(slurm_engine, "Allocation", EmptyAllocation),
        ENGINES[engine](ResultsFolder(folder / engine), options) as slots,
    ):
        started = time.perf_counter() - began
        waiting = iter(range(10**6))
        list(run_jobs(slots, some(waiting, 4)))  # processes start, and load what they need
        began = time.perf_counter()
        list(run_jobs(slots, some(waiting, jobs)))
        rate = jobs / (time.perf_counter() - began)
        single = []
        for _ in range(min(jobs, 20)):
            began = time.perf_counter()
            list(run_jobs(slots, some(waiting, 1)))
            single.append(time.perf_counter() - began)
    said = f"{rate:.1f} jobs/s on two slots, {1000 * median(single):.1f} ms for one job alone"
    return f"{engine}: {said}; started in {started:.1f} s"


def some(seeds: Iterator[int], count: int) -> Callable[[], Job | None]:
    """Gives the next jobs, then None."""
    left = [count]

    def next_job() -> Job | None:
        left[0] -= 1
        return job(next(seeds)) if left[0] >= 0 else None

    return next_job


@dataclass
class VirtualEngine:
    """Workers by a clock that runs while the loop works, and jumps to the next end where it waits."""

    results: ResultsFolder
    workers: int
    now_s: float = 0.0
    looked_s: float = field(default_factory=time.perf_counter)
    running: list[tuple[float, int, Job]] = field(default_factory=list)
    idle_since_s: list[float] = field(default_factory=list)
    waited_s: float = 0.0
    worked_s: float = 0.0
    loop_s: float = 0.0
    ended: int = 0

    def __post_init__(self) -> None:
        self.idle_since_s = [0.0] * self.workers

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *raised: object) -> None: ...

    def tick(self) -> None:
        """Adds what the loop has really taken since the last call."""
        now = time.perf_counter()
        self.loop_s += now - self.looked_s
        self.now_s, self.looked_s = self.now_s + now - self.looked_s, now

    @property
    def free(self) -> int:
        return len(self.idle_since_s)

    @property
    def busy(self) -> bool:
        return bool(self.running)

    def slots(self) -> list[Slot]:
        return []

    def start(self, job: Job) -> None:
        self.tick()
        self.waited_s += self.now_s - self.idle_since_s.pop()
        self.worked_s += TRAINING_S
        spread = TRAINING_S * (0.9 + 0.2 * (job.run.seed * 0.6180339887 % 1))  # not all in one instant
        heapq.heappush(self.running, (self.now_s + spread, self.ended + job.run.seed, job))

    def wait(self) -> Iterator[Event]:
        self.tick()
        end_s, _, job = heapq.heappop(self.running)
        self.now_s = max(self.now_s, end_s)
        self.looked_s = time.perf_counter()
        parcel = Parcel.of(record(job.run))
        self.looked_s = time.perf_counter()  # making up the record is no work of the loop
        event = keep(parcel, job, self.results, "node 1")
        self.ended += 1
        self.tick()
        self.idle_since_s.append(end_s)
        yield event


def plan_of(seeds: int, variants: int = 1) -> Plan:
    texts = [f"stem(4) | 1x mbconv @{8 * (i + 1)} for 16px" for i in range(variants)]
    each = tuple(
        Variant(
            network=str(to_network(t)),
            key=to_network(t).key,
            factors={"w": str(i)},
            costs={"macs": 1, "params": 1, "activations": 1},
        )
        for i, t in enumerate(texts)
    )
    return Plan(
        name="many",
        question="?",
        expectation="",
        source="",
        baseline=each[0].key,
        recipe=RECIPE.content(),
        recipe_key=RECIPE.key,
        seeds=tuple(range(seeds)),
        variants=each,
        command="",
    )


def fill(plan: Plan, folder: ResultsFolder, missing: int) -> None:
    """Records of all trainings but the last ones, without waiting for the disk."""
    store = folder.evaluations
    store.folder.mkdir(parents=True)
    left = len(plan.variants) * len(plan.seeds) - missing
    texts = {
        v.key: Parcel.of(record(Run(network=to_network(v.network), recipe=RECIPE, seed=0))).record
        for v in plan.variants
    }
    for seed in plan.seeds:
        for key, text in texts.items():
            if left <= 0:
                return
            of_seed = text.replace('"seed": 0,', f'"seed": {seed},').replace('"seed":0,', f'"seed":{seed},')
            store.path(key, RECIPE.key, seed).write_text(of_seed)
            left -= 1


def driver(evaluations: int, folder: Path, missing: int = 500) -> str:
    """What the loop takes to start, for each job, and of memory, where so many evaluations are there."""
    results = ResultsFolder(folder / str(evaluations))
    variants = max(1, evaluations // 1000)
    plan = plan_of(seeds=evaluations // variants, variants=variants)
    fill(plan, results, missing)
    before = memory_mb()
    began = time.perf_counter()
    engine = VirtualEngine(results=results, workers=100)
    with ViewWriter(OptunaView(plan, results, None), print) as view:
        state = StudyState(plan, results, view=view, together=False, retry_failed=False)
        started = time.perf_counter() - began
        loop_s = carried_out(engine, state)
    return (
        f"{evaluations:,} evaluations: {started:.1f} s to start, {1000 * loop_s / missing:.2f} ms for each "
        f"of {missing} jobs, {memory_mb() - before:.0f} MB more than before"
    )


def carried_out(engine: VirtualEngine, state: StudyState) -> float:
    """Seconds that the loop worked."""
    engine.looked_s = time.perf_counter()
    for event in run_jobs(engine, state.next_job):
        for _ in state.observe(event):
            pass
    engine.tick()
    return engine.loop_s


def memory_mb() -> float:
    """Most that the process has taken."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def simulation(workers: int, folder: Path) -> str:
    """The share of time for which workers wait for the loop, three trainings each."""
    results = ResultsFolder(folder / str(workers))
    results.path.mkdir(parents=True)
    jobs = 3 * workers
    variants = max(1, -(-jobs // 1000))
    plan = plan_of(seeds=-(-jobs // variants), variants=variants)
    engine = VirtualEngine(results=results, workers=workers)
    with ViewWriter(OptunaView(plan, results, None), print) as view:
        state = StudyState(plan, results, view=view, together=False, retry_failed=False)
        loop_s = carried_out(engine, state)
    share = engine.waited_s / (engine.waited_s + engine.worked_s)
    each_ms = 1000 * loop_s / max(1, engine.ended)
    full = TRAINING_S / (each_ms / 1000)
    return (
        f"{workers:,} workers, {engine.ended:,} trainings of {TRAINING_S:.0f} s: {100 * share:.1f} % of the "
        f"workers' time is waiting; the loop takes {each_ms:.2f} ms a training, all its time at {full:,.0f} "
        "workers"
    )


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--jobs", type=int, default=300)
    parser.add_argument("--engines", default="local,ray,slurm")
    parser.add_argument("--evaluations", default="10000,100000")
    parser.add_argument("--workers", default="100,1000,10000")
    parser.add_argument("--parts", default="equal,empty,driver,simulation")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if "equal" in given.parts:
            for line in equal(given.engines.split(","), folder / "equal"):
                print(line, flush=True)
        for engine in given.engines.split(",") if "empty" in given.parts else ():
            print(empty(engine, given.jobs, folder), flush=True)
        for evaluations in given.evaluations.split(",") if "driver" in given.parts else ():
            print(driver(int(evaluations), folder / "driver"), flush=True)
        for workers in given.workers.split(",") if "simulation" in given.parts else ():
            print(simulation(int(workers), folder / "simulation"), flush=True)


if __name__ == "__main__":
    main()
