"""Work on a GPU as one CUDA graph: captured once, and from then on replayed by a single launch."""

from __future__ import annotations

from collections.abc import Callable

import torch

WARM_UP = 2
"""Calls before the capture: they choose kernels, and make what is made once, such as moments."""


class Replayed:
    """A function of no arguments that leaves its results in tensors which stay; called again and again.

    It must ask nothing of the CPU that changes from call to call. Its first calls run as they are. On other
    devices than GPUs all calls do.

    Args:
        warm_up: calls before the capture, which count as any other.
    """

    def __init__(self, work: Callable[[], None], device: torch.device, *, warm_up: int = WARM_UP) -> None:
        self._work, self._device, self._left = work, device, warm_up
        self._graph: torch.cuda.CUDAGraph | None = None

    def __call__(self) -> None:
        if self._device.type != "cuda":
            self._work()
        elif self._left:
            self._left -= 1
            self._beside()
        else:
            self._graph = self._graph or captured(self._work)
            self._graph.replay()

    def _beside(self) -> None:
        """On a stream of its own, as torch asks of what is captured later."""
        stream = torch.cuda.Stream(self._device)
        stream.wait_stream(torch.cuda.current_stream(self._device))
        with torch.cuda.stream(stream):
            self._work()
        torch.cuda.current_stream(self._device).wait_stream(stream)


def captured(work: Callable[[], None]) -> torch.cuda.CUDAGraph:
    """The launches of the work, which does not run yet."""
    graph = torch.cuda.CUDAGraph()
    # Other threads of this process may go on: one of a worker waits for its parent's end.
    with torch.cuda.graph(graph, capture_error_mode="thread_local"):
        work()
    return graph
