"""The processes that share one training: one alone, or as many as `torchrun` starts."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from inspect import signature
from typing import Any, TypeVar

import torch
import torch.distributed as dist
from torch import nn
from torch.nn.parallel import DistributedDataParallel

from moat_lab.device import check_device
from moat_lab.errors import UserError
from moat_lab.train.batches import BatchShare
from moat_lab.train.global_norm import synchronised
from moat_lab.train.validation import ValidationResult

T = TypeVar("T")
_SYNC = ("forward_sync_buffers", "broadcast_buffers")
NO_SYNC: dict[str, Any] = {
    next(name for name in _SYNC if name in signature(DistributedDataParallel).parameters): False
}
"""Running statistics are equal already. The first name is newer than the oldest torch that we take."""
TIMEOUT = timedelta(hours=2)
"""How long one waits for another, which may be writing a cache of images; one that died ends all at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Processes:
    """This process among those of a training; alone it has nobody to wait for."""

    device: str = "cpu"
    rank: int = 0
    world_size: int = 1

    @property
    def leads(self) -> bool:
        """Whether this is the one that writes files and speaks."""
        return self.rank == 0

    @property
    def share(self) -> BatchShare:
        """This one's share of each batch."""
        return BatchShare(rank=self.rank, of=self.world_size)

    def with_global_norms(self, model: nn.Module) -> nn.Module:
        """The model with norms over the whole batch."""
        return synchronised(model) if self.world_size > 1 else model

    def data_parallel(self, model: nn.Module) -> nn.Module:
        """What to call in the model's place, so that gradients become the mean over all processes."""
        if self.world_size == 1:
            return model
        device = torch.device(self.device)
        ids = [device] if device.type == "cuda" else None
        return DistributedDataParallel(model, device_ids=ids, **NO_SYNC)

    def mean(self, values: torch.Tensor) -> torch.Tensor:
        """Element by element, over all processes."""
        if self.world_size > 1:
            dist.all_reduce(values)
            values = values / self.world_size
        return values

    def summed(self, result: ValidationResult) -> ValidationResult:
        """That of the images of all of them."""
        if self.world_size == 1:
            return result
        appended = result.task.appended
        totals = {name: total.double() for name, total in result.totals.items() if name not in appended}
        images = torch.tensor(result.images)
        for total in (*totals.values(), images):
            dist.all_reduce(total)
        joined = {name: self.appended(result.totals[name]) for name in sorted(appended)}
        return replace(result, totals=totals | joined, images=int(images))

    def appended(self, values: torch.Tensor) -> torch.Tensor:
        """Each one's vector on the CPU, by rank, in one; they may differ in length."""
        padded = values.new_zeros(self.maximum(len(values)))
        padded[: len(values)] = values
        lengths = self.gathered(torch.tensor(len(values)))
        pairs = zip(self.gathered(padded), lengths, strict=True)
        return torch.cat([each[: int(length)] for each, length in pairs])

    def maximum(self, number: int) -> int:
        """The largest of their numbers."""
        if self.world_size == 1:
            return number
        largest = torch.tensor(number)
        dist.all_reduce(largest, dist.ReduceOp.MAX)
        return int(largest)

    def gathered(self, values: torch.Tensor) -> list[torch.Tensor]:
        """Each one's tensor on the CPU, by rank; all are of one shape."""
        if self.world_size == 1:
            return [values]
        each = [torch.empty_like(values) for _ in range(self.world_size)]
        dist.all_gather(each, values)
        return each

    def broadcast(self, value: T) -> T:
        """The value of the one that leads."""
        if self.world_size == 1:
            return value
        box = [value]
        dist.broadcast_object_list(box, src=0, device=torch.device("cpu"))
        return box[0]


@contextmanager
def joined_processes(device: str) -> Iterator[Processes]:
    """This process among those that torchrun started, joined while the block runs; alone without it.

    Args:
        device: `cpu`, or `cuda`: with several processes each takes the GPU of its local rank.

    Raises:
        UserError: the device does not exist here.
    """
    # Clusters set WORLD_SIZE alone, for what a job may start; torchrun sets both.
    started = "RANK" in os.environ and "WORLD_SIZE" in os.environ
    alone = Processes(device=device, world_size=int(os.environ["WORLD_SIZE"]) if started else 1)
    if alone.world_size == 1:
        check_device(device)
        yield alone
        return
    this = replace(alone, rank=int(os.environ["RANK"]), device=_own_device(device))
    check_device(this.device)
    if this.device != "cpu":
        torch.cuda.set_device(this.device)
    # Counts and requests travel between CPUs in any case: they must not wait for a GPU's queue.
    dist.init_process_group("gloo" if this.device == "cpu" else "cpu:gloo,cuda:nccl", timeout=TIMEOUT)
    yield this
    # Only at a good end: after a failure others may still wait for this one, until torchrun ends them.
    dist.destroy_process_group()


def check_batch(batch: int, of: int, *, pairs: bool = False) -> None:
    """Raises UserError unless the recipe's batch can be shared evenly, in pairs where images are mixed."""
    unit = 2 * of if pairs and of > 1 else of
    if batch % unit:
        nearest = sorted({max(unit, batch // unit * unit), (batch // unit + 1) * unit})
        raise UserError(
            f"recipe: a batch that {of} processes can share evenly is needed; got {batch}\n"
            f"  the batch is that of all together; nearest: {', '.join(map(str, nearest))}"
        )


def _own_device(device: str) -> str:
    if device == "cuda":
        return f"cuda:{os.environ['LOCAL_RANK']}"
    if device != "cpu":
        raise UserError(
            f"device: with several processes cpu or cuda is needed; got '{device}'\n"
            "  each takes the GPU of its local rank; CUDA_VISIBLE_DEVICES chooses among them"
        )
    return device
