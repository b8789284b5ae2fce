"""The Ray engine: an actor for each slot, on the nodes of a cluster, or on a Ray that is started here.

A node is used once it was asked for its versions and images, and again after it lost a job. Jobs come back as
bytes that the study writes, or with a shared folder as names of what the actors wrote (docs/decisions/0022).
"""

from __future__ import annotations

import os
import time
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any, Literal, Self
from uuid import uuid4

from moat_lab.device import CrowdedError, LostContextError, take_device
from moat_lab.engines.engine import EngineOptions, EpochEnded, Event, Job, JobLost, NodeChanged, Slot
from moat_lab.engines.execution import execute
from moat_lab.engines.local import environment_of
from moat_lab.engines.remote import Parcel, checkpoint_of, differences, execute_apart, keep, traits
from moat_lab.errors import UserError
from moat_lab.records import Epoch, ResultsFolder
from moat_lab.train.provenance import failure_text

POLL_S = 0.5
"""Between two looks for a message."""
NODES_S = 2.0
"""Between two looks at the cluster's nodes."""
CHECK_S = 300.0
"""For which a node may take to say what it has; its images may have to be read."""
OBJECT_BYTES = 200 * 2**20
"""Of memory that a Ray which is started here shares between processes: checkpoints go through it."""

Message = tuple[int, Epoch | Parcel] | Exception | None
"""(seed, point of its curve or what came of it), a failure, or None at the end of a job."""


class SlotActor:
    """A process of a node that carries out one job at a time; `messages` waits for what it says."""

    def __init__(self, environment: Mapping[str, str], threads: int, device: str, shared: str) -> None:
        os.environ.update(environment)
        self.threads, self.device, self.shared = threads, device, shared
        self.waiting: SimpleQueue[Message] = SimpleQueue()

    def start(self, job: Job, checkpoint: bytes | None) -> int:
        """Gives the process's id."""
        Thread(target=self._carry_out, args=(job, checkpoint), daemon=True).start()
        return os.getpid()

    def messages(self) -> list[Message]:
        """At least one, and all that are there."""
        messages = [self.waiting.get()]
        with suppress(Empty):
            while True:
                messages.append(self.waiting.get_nowait())
        return messages

    def _carry_out(self, job: Job, checkpoint: bytes | None) -> None:
        import torch

        torch.set_num_threads(self.threads)  # of this thread
        try:
            take_device(self.device)
            for parcel in self._parcels(job, checkpoint):
                self.waiting.put((parcel.seed, parcel))
            self.waiting.put(None)
        except UserError as error:
            self.waiting.put(UserError(str(error)))
        except OSError as error:
            self.waiting.put(error if self.shared else LostContextError(failure_text(error)))
        except CrowdedError as error:
            self.waiting.put(CrowdedError(str(error)))
        except LostContextError as error:
            self.waiting.put(LostContextError(failure_text(error)))
        except Exception as error:
            self.waiting.put(LostContextError(failure_text(error)))

    def _parcels(self, job: Job, checkpoint: bytes | None) -> Sequence[Parcel]:
        def tell(seed: int, epoch: Epoch) -> None:
            self.waiting.put((seed, epoch))

        if not self.shared:
            return execute_apart(job, checkpoint, self.device, tell)
        records = execute(job, ResultsFolder(Path(self.shared)), self.device, tell)
        return [Parcel(seed=record.seed, record=record.to_json()) for record in records]


@dataclass(slots=True, kw_only=True, eq=False)
class _Node:
    """A node of the cluster, as it was last seen.

    Args:
        capacity: jobs at a time.
        check: what it was asked and has not answered.
    """

    id: str
    label: str
    capacity: int
    cpus: float
    gpus: float
    state: Literal["asked", "used", "refused", "gone"] = "asked"
    check: Any = None
    asked_s: float = field(default_factory=time.monotonic)
    joined: bool = False


@dataclass(slots=True, kw_only=True, eq=False)
class _Worker:
    actor: Any
    node: _Node
    device: str
    process: Any = None
    """Where the id of its process will be."""
    job: Job | None = None
    jobs: dict[int, Job] = field(default_factory=dict)
    """Those of its job's seeds that have not ended."""


class RayEngine:
    """Actors on the nodes of a Ray cluster, each with one job at a time.

    When the engine is left its actors end, and so does a Ray that was started here. A cluster that was joined
    stays.
    """

    def __init__(self, results: ResultsFolder, options: EngineOptions) -> None:
        """
        Raises:
            UserError: the library Ray is not installed.
        """
        try:
            import ray
        except ImportError:
            raise UserError(
                "engine ray: the library Ray is needed; it is not installed\n  pip install 'moat-lab[ray]'"
            ) from None
        self._ray, self._results, self._options = ray, results, options
        self._nodes: dict[str, _Node] = {}
        self._workers: list[_Worker] = []
        self._pending: dict[Any, _Worker] = {}
        self._waiting: deque[Job] = deque()
        self._events: deque[Event] = deque()
        self._looked_s, self._cpus = -NODES_S, 1
        self._probe = results.path.absolute() / f".shared-{uuid4().hex}" if options.shared else None

    def __enter__(self) -> Self:
        if self._probe:
            self._probe.parent.mkdir(parents=True, exist_ok=True)
            self._probe.write_text(self._probe.name)
        self._traits = traits(self._options.data, str(self._probe or ""))
        self._connect()
        try:
            self._look_at_nodes()
            self._cpus = self._cpus_of_a_slot()
            self._await_first_node()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *raised: object) -> None:
        for worker in self._workers:
            self._end(worker)
        self._ray.shutdown()
        if self._probe:
            self._probe.unlink(missing_ok=True)

    @property
    def free(self) -> int:
        """Slots of nodes that are used; with no such node one job may wait for one."""
        taken = self._taken
        slots = sum(node.capacity for node in self._used)
        if not slots:
            return int(not self._waiting)
        most = min(slots, self._options.workers or slots)
        return max(0, most - sum(taken.values()) - len(self._waiting))

    @property
    def busy(self) -> bool:
        return bool(self._pending or self._waiting)

    def slots(self) -> tuple[Slot, ...]:
        """Those of nodes that are used, node by node; the busy ones first."""
        slots: list[Slot] = []
        for node in self._used:
            busy = [worker for worker in self._workers if worker.node is node and worker.jobs]
            slots += [Slot(node=node.label, device=worker.device, job=worker.job) for worker in busy]
            idle = Slot(node=node.label, device=self._device, job=None)
            slots += [idle] * (node.capacity - len(busy))
        return tuple(slots)

    def start(self, job: Job) -> None:
        self._waiting.append(job)
        self._place()

    def wait(self) -> Iterator[Event]:
        """What the actors say next, and what changes about the nodes."""
        if time.monotonic() - self._looked_s >= NODES_S:
            self._look_at_nodes()
        self._hear_checks()
        self._place()
        yield from self._changes()
        for worker, messages in self._heard():
            yield from self._taken_in(worker, messages)

    def process_of(self, job: Job) -> int:
        """The id of the process that works on the job, on its node."""
        return next(self._ray.get(of.process) for of in self._workers if job in of.jobs.values())

    # -- the cluster

    def _connect(self) -> None:
        os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
        quiet = {"log_to_driver": False, "logging_level": "ERROR", "configure_logging": False}
        try:
            if self._options.address:
                self._ray.init(address=self._options.address, **quiet)
            else:
                cpus = max(os.cpu_count() or 1, self._options.workers)
                self._ray.init(
                    address="local",
                    num_cpus=cpus,
                    include_dashboard=False,
                    object_store_memory=OBJECT_BYTES,
                    **quiet,
                )
        except (ConnectionError, OSError, RuntimeError, ValueError) as error:
            said = (str(error).strip().splitlines() or [type(error).__name__])[0]
            raise UserError(
                f"engine ray: no cluster can be reached at '{self._options.address or 'local'}': {said}\n"
                "  `ray start --head` starts one; --address is auto, HOST:PORT or ray://HOST:PORT"
            ) from None

    @property
    def _device(self) -> str:
        return "cuda:0" if self._options.device == "cuda" else self._options.device

    @property
    def _on_gpu(self) -> bool:
        return self._options.device.startswith("cuda")

    @property
    def _used(self) -> list[_Node]:
        return [node for node in self._nodes.values() if node.state == "used"]

    @property
    def _taken(self) -> dict[str, int]:
        """Node -> its slots that have a job."""
        taken = dict.fromkeys(self._nodes, 0)
        for worker in self._workers:
            taken[worker.node.id] += bool(worker.jobs)
        return taken

    def _cpus_of_a_slot(self) -> int:
        """Cores for each job, where `workers` of them share the cores of all nodes, as on one machine."""
        if self._on_gpu or not self._options.workers:
            return 1
        nodes = [node for node in self._nodes.values() if node.state != "gone"]
        share = int(sum(node.cpus for node in nodes)) // self._options.workers
        return max(1, min(share, int(max((node.cpus for node in nodes), default=1))))

    def _capacity(self, cpus: float, gpus: float) -> int:
        if self._on_gpu:
            return int(gpus) * max(1, self._options.per_device)
        return int(cpus) // self._cpus

    def _look_at_nodes(self) -> None:
        """Which nodes there are now; one that is new is asked what it has."""
        self._looked_s = time.monotonic()
        alive = {of["NodeID"]: of["Resources"] for of in self._ray.nodes() if of["Alive"]}
        for id, has in sorted(alive.items()):
            if id not in self._nodes:
                cpus, gpus = has.get("CPU", 0.0), has.get("GPU", 0.0)
                label = f"node {len(self._nodes) + 1}"
                self._nodes[id] = _Node(id=id, label=label, capacity=0, cpus=cpus, gpus=gpus)
                self._ask(self._nodes[id])
        for id, node in self._nodes.items():
            if id not in alive and node.state != "gone":
                node.state, node.check = "gone", None
                self._events.append(NodeChanged(node=node.label, text=f"{node.label} is gone"))

    def _ask(self, node: _Node) -> None:
        """Asks a node what it has, also whether it still is there."""
        node.state, node.asked_s = "asked", time.monotonic()
        ask = self._ray.remote(traits).options(num_cpus=0, max_retries=0, scheduling_strategy=self._on(node))
        node.check = ask.remote(self._options.data, str(self._probe or ""))

    def _on(self, node: _Node) -> Any:
        from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

        return NodeAffinitySchedulingStrategy(node_id=node.id, soft=False)

    def _hear_checks(self) -> None:
        for node in self._nodes.values():
            if node.check is None:
                continue
            ready, _ = self._ray.wait([node.check], timeout=0)
            if ready:
                self._hear_check(node)
            elif time.monotonic() - node.asked_s > CHECK_S:
                self._refuse(node, f"it did not say in {CHECK_S:.0f} s what it has")

    def _hear_check(self, node: _Node) -> None:
        check, node.check = node.check, None
        try:
            theirs = self._ray.get(check)
        except self._ray.exceptions.RayTaskError as error:
            cause = error.cause if isinstance(error.cause, Exception) else error
            said = (str(cause).splitlines() or [""])[0]
            self._refuse(
                node, said if isinstance(cause, UserError) else f"moat_lab cannot be used there: {said}"
            )
        except self._ray.exceptions.RayError:  # it went away meanwhile, or its process was killed
            self._looked_s = -NODES_S
            self._ask(node)
        else:
            if wrong := differences(self._traits, theirs, mixed=self._options.mixed):
                self._refuse(node, "; ".join(wrong))
            else:
                self._use(node)

    def _refuse(self, node: _Node, reason: str) -> None:
        node.state, node.check = "refused", None
        self._events.append(NodeChanged(node=node.label, text=f"{node.label} is not used: {reason}"))

    def _use(self, node: _Node) -> None:
        node.state, node.capacity = "used", self._capacity(node.cpus, node.gpus)
        if not node.joined and self._options.address:
            text = f"{node.label} is used, for {node.capacity} trainings at a time"
            self._events.append(NodeChanged(node=node.label, text=text))
        node.joined = True

    def _await_first_node(self) -> None:
        """
        Raises:
            UserError: none of the nodes can be used.
        """
        while not any(node.capacity for node in self._used):
            checks = [node.check for node in self._nodes.values() if node.check is not None]
            if not checks:
                raise UserError(self._no_node())
            self._ray.wait(checks, timeout=POLL_S)
            self._look_at_nodes()
            self._hear_checks()

    def _no_node(self) -> str:
        refused = [event.text for event in self._events if isinstance(event, NodeChanged)]
        if self._used:
            needed = "a GPU" if self._on_gpu else f"{self._cpus} cores"
            refused.append(f"a node with {needed} is needed; `ray start` takes --num-cpus and --num-gpus")
        return "\n  ".join(["engine ray: no node can be used", *refused])

    # -- jobs

    def _place(self) -> None:
        """Gives jobs that wait to free slots, the emptiest node first."""
        while self._waiting:
            taken = self._taken
            free = [node for node in self._used if taken[node.id] < node.capacity]
            if not free:
                return
            node = min(free, key=lambda node: taken[node.id] / node.capacity)
            self._give(self._idle(node) or self._new_worker(node), self._waiting.popleft())

    def _idle(self, node: _Node) -> _Worker | None:
        return next((of for of in self._workers if of.node is node and not of.jobs), None)

    def _new_worker(self, node: _Node) -> _Worker:
        cpus = int(node.cpus) / node.capacity if self._on_gpu else self._cpus
        threads = max(1, int(cpus))
        environment = environment_of(threads=threads, workers=node.capacity, devices=max(1, int(node.gpus)))
        actor = self._ray.remote(SlotActor).options(
            num_cpus=threads if cpus >= 1 else cpus,
            num_gpus=1 / max(1, self._options.per_device) if self._on_gpu else 0,
            scheduling_strategy=self._on(node),
            max_restarts=0,
        )
        shared = str(self._results.path.absolute()) if self._probe else ""
        worker = _Worker(
            actor=actor.remote(environment, threads, self._device, shared), node=node, device=self._device
        )
        self._workers.append(worker)
        return worker

    def _give(self, worker: _Worker, job: Job) -> None:
        worker.job, worker.jobs = job, job.each
        whole = job.epochs and not job.others and not self._probe
        worker.process = worker.actor.start.remote(job, checkpoint_of(self._results, job) if whole else None)
        self._listen(worker)

    def _listen(self, worker: _Worker) -> None:
        self._pending[worker.actor.messages.remote()] = worker

    def _heard(self) -> Iterator[tuple[_Worker, list[Message] | None]]:
        """What came since the last call, at most after a while; None of a worker that died."""
        if not self._pending:
            time.sleep(POLL_S if self._waiting and not self._used else 0)
            return
        refs = list(self._pending)
        if not self._ray.wait(refs, num_returns=1, timeout=POLL_S)[0]:
            return
        for ref in self._ray.wait(refs, num_returns=len(refs), timeout=0)[0]:
            worker = self._pending.pop(ref)
            try:
                yield worker, self._ray.get(ref)
            except self._ray.exceptions.RayError:
                yield worker, None

    def _taken_in(self, worker: _Worker, messages: list[Message] | None) -> Iterator[Event]:
        if messages is None:
            yield from self._lose(worker, "WorkerDied: the process that worked on it ended, or its node did")
            return
        for message in messages:
            if isinstance(message, LostContextError | CrowdedError):
                yield from self._lose(worker, str(message))
                return
            if isinstance(message, Exception):
                raise message
            if message is not None:
                yield self._event(worker, *message)
        if worker.jobs:
            self._listen(worker)

    def _event(self, worker: _Worker, seed: int, message: Epoch | Parcel) -> Event:
        if isinstance(message, Epoch):
            return EpochEnded(job=worker.jobs[seed], epoch=message, node=worker.node.label)
        return keep(
            message, worker.jobs.pop(seed), self._results, worker.node.label, written=bool(self._probe)
        )

    def _lose(self, worker: _Worker, reason: str) -> Iterator[Event]:
        """The jobs of a worker that died; its node is asked anew before it gets another."""
        self._end(worker)
        self._workers.remove(worker)
        self._look_at_nodes()
        gone = worker.node.state == "gone"
        if worker.node.state == "used":
            self._ask(worker.node)
        lost, worker.jobs = worker.jobs, {}
        for job in lost.values():
            yield JobLost(
                job=job, reason=reason, device=worker.device, node=worker.node.label, with_node=gone
            )

    def _end(self, worker: _Worker) -> None:
        with suppress(Exception):  # of a cluster that is gone
            self._ray.kill(worker.actor, no_restart=True)

    def _changes(self) -> Iterator[Event]:
        while self._events:
            yield self._events.popleft()


ENGINE = RayEngine
