"""The nodes of a Ray cluster: which there are, what each has in common with the study, and which are used."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

from moat_lab.engines.engine import NodeChanged
from moat_lab.engines.remote import differences, traits
from moat_lab.errors import UserError, first_line

LOOK_S = 2.0
"""Between two looks at the cluster's nodes."""
CHECK_S = 300.0
"""For which a node may take to say what it has; its images may have to be read."""


@dataclass(slots=True, kw_only=True, eq=False)
class RayNode:
    """A node as it was last seen.

    Args:
        capacity: jobs at a time.
        check: what it was asked and has not answered.
    """

    id: str
    label: str
    cpus: float
    gpus: float
    capacity: int = 0
    state: Literal["asked", "used", "refused", "gone"] = "asked"
    check: Any = None
    asked_s: float = field(default_factory=time.monotonic)
    joined: bool = False

    @property
    def affinity(self) -> Any:
        """Keeps actors and tasks on this node."""
        from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

        return NodeAffinitySchedulingStrategy(node_id=self.id, soft=False)


class RayNodes:
    """A node is used once it has answered what it has, and it is asked anew where there is doubt about it."""

    def __init__(self, ray: Any, *, data: str, probe: str, mixed: bool) -> None:
        """
        Args:
            ray: the library, connected to its cluster.
            data, probe: as of `remote.traits`.
            mixed: whether nodes with other versions are used too.
        """
        self._ray, self._asked, self._mixed = ray, (data, probe), mixed
        self._ours = traits(data, probe)
        self._nodes: dict[str, RayNode] = {}
        self._looked_s = -LOOK_S
        self.changes: list[NodeChanged] = []
        """What was not told yet."""
        self.capacity: Callable[[RayNode], int] = lambda node: int(node.cpus)

    @property
    def used(self) -> list[RayNode]:
        return [node for node in self._nodes.values() if node.state == "used"]

    @property
    def there(self) -> list[RayNode]:
        return [node for node in self._nodes.values() if node.state != "gone"]

    def look(self, *, now: bool = False) -> None:
        """Which nodes there are, if that was not asked just now, and what they have answered."""
        if now or time.monotonic() - self._looked_s >= LOOK_S:
            self._looked_s = time.monotonic()
            alive = {of["NodeID"]: of["Resources"] for of in self._ray.nodes() if of["Alive"]}
            for id, has in sorted(alive.items()):
                if id not in self._nodes:
                    self._join(id, has)
            for node in self.there:
                if node.id not in alive:
                    node.state, node.check = "gone", None
                    self._tell(node, "is gone")
        for node in self._nodes.values():
            if node.check is not None:
                self._hear(node)

    def ask(self, node: RayNode) -> None:
        """Asks a node what it has, also whether it still is there; until it answers it gets no jobs."""
        node.state, node.asked_s = "asked", time.monotonic()
        ask = self._ray.remote(traits)
        node.check = ask.options(num_cpus=0, max_retries=0, scheduling_strategy=node.affinity).remote(
            *self._asked
        )

    def await_first(self, poll_s: float) -> None:
        """Waits for a node that takes jobs.

        Raises:
            UserError: none of the nodes does.
        """
        self.look(now=True)
        while not any(node.capacity for node in self.used):
            checks = [node.check for node in self._nodes.values() if node.check is not None]
            if not checks:
                refused = [change.text for change in self.changes]
                raise UserError(
                    "\n  ".join(["engine ray: no node can be used", *refused])
                    + "\n  `ray start` takes --num-cpus and --num-gpus"
                )
            self._ray.wait(checks, timeout=poll_s)
            self.look()

    def told(self) -> Iterator[NodeChanged]:
        while self.changes:
            yield self.changes.pop(0)

    def _join(self, id: str, has: dict[str, float]) -> None:
        label = f"node {len(self._nodes) + 1}"
        node = RayNode(id=id, label=label, cpus=has.get("CPU", 0.0), gpus=has.get("GPU", 0.0))
        self._nodes[id] = node
        self.ask(node)

    def _hear(self, node: RayNode) -> None:
        if not self._ray.wait([node.check], timeout=0)[0]:
            if time.monotonic() - node.asked_s > CHECK_S:
                self._refuse(node, f"it did not say in {CHECK_S:.0f} s what it has")
            return
        check, node.check = node.check, None
        try:
            theirs = self._ray.get(check)
        except self._ray.exceptions.RayTaskError as error:
            cause = error.cause if isinstance(error.cause, Exception) else error
            said = first_line(cause)
            self._refuse(node, said if isinstance(cause, UserError) else f"moat_lab cannot be used: {said}")
        except self._ray.exceptions.RayError:  # it went away meanwhile, or its process was killed
            self.ask(node)
        else:
            if wrong := differences(self._ours, theirs, mixed=self._mixed):
                self._refuse(node, "; ".join(wrong))
            else:
                self._use(node)

    def _refuse(self, node: RayNode, reason: str) -> None:
        node.state, node.check = "refused", None
        self._tell(node, f"is not used: {reason}")

    def _use(self, node: RayNode) -> None:
        node.state, node.capacity = "used", self.capacity(node)
        if not node.joined:
            self._tell(node, f"is used; trainings at a time: {node.capacity}")
        node.joined = True

    def _tell(self, node: RayNode, text: str) -> None:
        self.changes.append(NodeChanged(node=node.label, text=f"{node.label} {text}"))
