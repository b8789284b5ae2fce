"""The Ray engine: an actor for each slot, on the nodes of a cluster, or on a Ray that is started here.

Jobs come back as bytes that the study writes, or with a shared folder as what the actors wrote
(docs/decisions/0022).
"""

from __future__ import annotations

import logging
import os
import time
from collections import Counter, deque
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Self
from uuid import uuid4

from moat_lab.device import CrowdedError, LostContextError
from moat_lab.engines.engine import EngineOptions, EpochEnded, Event, Job, JobLost, Slot
from moat_lab.engines.local import environment_of
from moat_lab.engines.ray_actor import Message, SlotActor
from moat_lab.engines.ray_nodes import RayNode, RayNodes
from moat_lab.engines.remote import Parcel, checkpoint_of, keep
from moat_lab.errors import UserError, first_line
from moat_lab.records import Epoch, ResultsFolder

POLL_S = 0.5
"""Between two looks for a message."""
OBJECT_BYTES = 200 * 2**20
"""Of memory that a Ray which is started here shares between processes: checkpoints go through it."""


@dataclass(slots=True, kw_only=True, eq=False)
class _RayWorker:
    """A slot's actor; `process` is where the id of its process will be."""

    actor: Any
    node: RayNode
    process: Any = None
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
        self._on_gpu = options.device.startswith("cuda")
        self._device = "cuda:0" if self._on_gpu else options.device  # Ray shows an actor only its own GPU
        self._shared = str(results.path.absolute()) if options.shared else ""
        self._probe = results.path.absolute() / f".shared-{uuid4().hex}"
        self._pool: list[_RayWorker] = []
        self._pending: dict[Any, _RayWorker] = {}
        self._waiting: deque[Job] = deque()
        self._doubtful: list[_RayWorker] = []
        """Those that died; whether their nodes did is not known yet."""

    def __enter__(self) -> Self:
        if self._shared:
            self._probe.parent.mkdir(parents=True, exist_ok=True)
            self._probe.write_text(self._probe.name)
        self._connect()
        try:
            self._nodes = RayNodes(
                self._ray,
                data=self._options.data,
                probe=str(self._probe) if self._shared else "",
                mixed=self._options.mixed,
            )
            self._nodes.look()
            self._cpus = self._cpus_of_a_slot()
            self._nodes.capacity = self._capacity
            self._nodes.await_first(POLL_S)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *raised: object) -> None:
        for worker in self._pool:
            self._end(worker)
        self._ray.shutdown()
        if self._shared:
            self._probe.unlink(missing_ok=True)

    @property
    def free(self) -> int:
        """Slots of nodes that are used; where there is no such node, one job may wait for one."""
        if not any(node.capacity for node in self._nodes.used):
            return int(not self._waiting)
        taken = self._taken
        slots = sum(node.capacity - taken[node.id] for node in self._nodes.used)
        if self._options.workers:
            slots = min(slots, self._options.workers - taken.total())
        return max(0, slots - len(self._waiting))

    @property
    def busy(self) -> bool:
        return bool(self._pending or self._waiting or self._doubtful)

    def slots(self) -> tuple[Slot, ...]:
        """Those of nodes that are used, node by node; the busy ones first."""
        slots: list[Slot] = []
        for node in self._nodes.used:
            jobs: list[Job | None] = [worker.job for worker in self._at_work if worker.node is node]
            jobs += [None] * (node.capacity - len(jobs))
            slots += [Slot(node=node.label, device=self._device, job=job) for job in jobs]
        return tuple(slots)

    def start(self, job: Job) -> None:
        self._waiting.append(job)
        self._place()

    def wait(self) -> Iterator[Event]:
        """What the actors say next, and what changes about the nodes."""
        self._nodes.look()
        self._place()
        yield from self._nodes.told()
        yield from self._without_doubt()
        for worker, messages in self._heard():
            yield from self._taken_in(worker, messages)

    def process_of(self, job: Job) -> int:
        """The id of the process that works on the job, on its node."""
        return int(next(self._ray.get(of.process) for of in self._pool if job in of.jobs.values()))

    @property
    def _at_work(self) -> list[_RayWorker]:
        return [worker for worker in self._pool if worker.jobs]

    @property
    def _taken(self) -> Counter[str]:
        """Node -> its slots that have a job."""
        return Counter(worker.node.id for worker in self._at_work)

    def _connect(self) -> None:
        """
        Raises:
            UserError: no cluster answers at the address.
        """
        os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
        options: dict[str, Any] = {"address": self._options.address or "local"}
        if not self._options.address:
            options["num_cpus"] = max(os.cpu_count() or 1, self._options.workers)
            options |= {"include_dashboard": False, "object_store_memory": OBJECT_BYTES}
        try:
            self._ray.init(
                **options, log_to_driver=False, logging_level=logging.ERROR, configure_logging=False
            )
        except (ConnectionError, OSError, RuntimeError, ValueError) as error:
            raise UserError(
                f"engine ray: no cluster can be reached at '{options['address']}': {first_line(error)}\n"
                "  `ray start --head` starts one; --address is auto, HOST:PORT or ray://HOST:PORT. Where it "
                "says that token authentication is enabled, set RAY_AUTH_MODE=token, and copy its "
                "~/.ray/auth_token"
            ) from None

    def _cpus_of_a_slot(self) -> int:
        """Cores for each job, where `workers` of them share the cores of all nodes, as on one machine."""
        if self._on_gpu or not self._options.workers:
            return 1
        cpus = [int(node.cpus) for node in self._nodes.there]
        return max(1, min(sum(cpus) // self._options.workers, max(cpus, default=1)))

    def _capacity(self, node: RayNode) -> int:
        if self._on_gpu:
            return int(node.gpus) * max(1, self._options.per_device)
        return int(node.cpus) // self._cpus

    def _place(self) -> None:
        """Gives jobs that wait to free slots, the emptiest node first."""
        while self._waiting:
            taken = self._taken
            free = [node for node in self._nodes.used if taken[node.id] < node.capacity]
            if not free:
                return
            node = min(free, key=lambda node: taken[node.id] / node.capacity)
            idle = next((of for of in self._pool if of.node is node and not of.jobs), None)
            self._give(idle or self._new_worker(node), self._waiting.popleft())

    def _new_worker(self, node: RayNode) -> _RayWorker:
        cpus = node.cpus / node.capacity if self._on_gpu else self._cpus
        threads = max(1, int(cpus))
        environment = environment_of(threads=threads, workers=node.capacity, devices=max(1, int(node.gpus)))
        actor = self._ray.remote(SlotActor).options(
            num_cpus=threads if cpus >= 1 else cpus,
            num_gpus=1 / max(1, self._options.per_device) if self._on_gpu else 0,
            scheduling_strategy=node.affinity,
            max_restarts=0,
        )
        self._pool.append(
            _RayWorker(actor=actor.remote(environment, threads, self._device, self._shared), node=node)
        )
        return self._pool[-1]

    def _give(self, worker: _RayWorker, job: Job) -> None:
        worker.job, worker.jobs = job, job.each
        sent = job.epochs and not job.others and not self._shared
        checkpoint = checkpoint_of(self._results, job) if sent else None
        worker.process = worker.actor.start.remote(job, checkpoint)
        self._listen(worker)

    def _listen(self, worker: _RayWorker) -> None:
        self._pending[worker.actor.messages.remote()] = worker

    def _heard(self) -> Iterator[tuple[_RayWorker, list[Message] | None]]:
        """What came since the last call, at most after a while; None of a worker that died."""
        if not self._pending:
            time.sleep(POLL_S)  # jobs wait for a node, or for what became of one
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

    def _taken_in(self, worker: _RayWorker, messages: list[Message] | None) -> Iterator[Event]:
        if messages is None:
            self._drop(worker)
            self._doubtful.append(worker)
            return
        for message in messages:
            if isinstance(message, LostContextError | CrowdedError):
                self._drop(worker)
                yield from self._lose(worker, str(message), with_node=False)
                return
            if isinstance(message, Exception):
                raise message
            if message is not None:
                yield self._event(worker, *message)
        if worker.jobs:
            self._listen(worker)

    def _event(self, worker: _RayWorker, seed: int, message: Epoch | Parcel) -> Event:
        node = worker.node.label
        if isinstance(message, Epoch):
            return EpochEnded(job=worker.jobs[seed], epoch=message, node=node)
        return keep(message, worker.jobs.pop(seed), self._results, node, written=bool(self._shared))

    def _without_doubt(self) -> Iterator[Event]:
        """Loses the jobs of workers that died, once it is known whether their nodes are there."""
        for worker in [of for of in self._doubtful if of.node.state != "asked"]:
            self._doubtful.remove(worker)
            gone = worker.node.state == "gone"
            what = "the node" if gone else "the process"
            yield from self._lose(worker, f"WorkerDied: {what} that worked on it ended", with_node=gone)

    def _lose(self, worker: _RayWorker, reason: str, *, with_node: bool) -> Iterator[Event]:
        lost, worker.jobs, node = worker.jobs, {}, worker.node.label
        for job in lost.values():
            yield JobLost(job=job, reason=reason, device=self._device, node=node, with_node=with_node)

    def _drop(self, worker: _RayWorker) -> None:
        """Ends a worker; its node is asked anew before it gets another."""
        self._end(worker)
        self._pool.remove(worker)
        if worker.node.state == "used":
            self._nodes.ask(worker.node)

    def _end(self, worker: _RayWorker) -> None:
        with suppress(Exception):  # of a cluster that is gone
            self._ray.kill(worker.actor, no_restart=True)


ENGINE = RayEngine
