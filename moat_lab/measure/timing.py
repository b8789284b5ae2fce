"""How long a forward pass takes: warmed up, synchronised, threads fixed."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from moat_lab.device import processor

if TYPE_CHECKING:
    import torch
    from torch import nn

WARM_UP = 5
"""Passes before those that count: they allocate memory and choose kernels."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Latency:
    """The median time of one forward pass, with what it depends on."""

    latency_ms: float
    quartiles_ms: tuple[float, float]
    repeats: int
    device: str
    threads: int
    dtype: str
    batch: int
    resolution: tuple[int, int]
    layout: str
    """Of the images in memory: `channels_last` or `contiguous`."""
    runtime: str = "torch"

    def __str__(self) -> str:
        low, high = self.quartiles_ms
        threads = "1 thread" if self.threads == 1 else f"{self.threads} threads"
        return (
            f"{self.latency_ms:.2f} ms [{low:.2f}, {high:.2f}] (median and quartiles of {self.repeats}; "
            f"{self.device}, {threads}, {self.runtime}, {self.dtype}, {self.layout}, batch {self.batch}, "
            f"{self.resolution[0]}x{self.resolution[1]} px)"
        )


def module_latency(
    model: nn.Module,
    resolution: tuple[int, int],
    *,
    layout: str = "channels_last",
    in_chans: int = 3,
    batch: int = 1,
    repeats: int = 30,
) -> Latency:
    """Of a pass in eval mode, on the model's device, in its dtype, with torch's threads as they are.

    Args:
        layout: `channels_last` or `contiguous`, which the model takes and keeps.
    """
    import torch

    was_training, first = model.training, next(model.parameters())
    memory_format = torch.channels_last if layout == "channels_last" else torch.contiguous_format
    images = torch.zeros(batch, in_chans, *resolution, device=first.device, dtype=first.dtype)
    images = images.to(memory_format=memory_format)
    model.to(memory_format=memory_format).eval()
    try:
        with torch.inference_mode():
            times = measured(lambda: model(images), repeats, first.device)
    finally:
        model.train(was_training)
    median, quartiles = middle(times)
    return Latency(
        latency_ms=median,
        quartiles_ms=quartiles,
        repeats=repeats,
        device=device_name(first.device),
        threads=torch.get_num_threads(),
        dtype=str(first.dtype).removeprefix("torch."),
        batch=batch,
        resolution=resolution,
        layout=layout,
    )


def measured(step: Callable[[], object], repeats: int, device: torch.device | None = None) -> list[float]:
    """Milliseconds of each repeat, after the warm-up."""
    if device is not None and device.type == "cuda":
        return [_cuda_ms(step, device) for _ in range(WARM_UP + repeats)][WARM_UP:]
    return [_host_ms(step) for _ in range(WARM_UP + repeats)][WARM_UP:]


def middle(times: list[float]) -> tuple[float, tuple[float, float]]:
    """The median and the quartiles of two times or more."""
    low, median, high = statistics.quantiles(times, n=4)
    return median, (low, high)


@contextmanager
def threads_of_torch(threads: int) -> Iterator[None]:
    """So many threads within the block; as many as before after it."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def device_name(device: str | torch.device) -> str:
    """Of the accelerator, or of the processor for `cpu`."""
    if str(device).startswith("cuda"):
        import torch

        return torch.cuda.get_device_name(device)
    return processor()


def _host_ms(step: Callable[[], object]) -> float:
    start = time.perf_counter()
    step()
    return (time.perf_counter() - start) * 1e3


def _cuda_ms(step: Callable[[], object], device: torch.device) -> float:
    """Between two events on the device, which is idle before."""
    import torch

    with torch.cuda.device(device):
        torch.cuda.synchronize()
        start, end = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)
        start.record()
        step()
        end.record()
        torch.cuda.synchronize()
    return float(start.elapsed_time(end))
