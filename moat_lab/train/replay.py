"""Work on a GPU as one CUDA graph: captured once, and from then on replayed by a single launch."""

from __future__ import annotations

from collections.abc import Callable

import torch

WARM_UP = 2
"""Calls before the capture: they choose kernels, and make what is made once, such as moments."""


class Replay:
    """A call that is made again and again, and leaves its results in tensors which stay.

    The work must be the same each time, and ask nothing of the CPU that changes. Its first calls run as they
    are. On other devices than GPUs all calls do. The work is passed to each call, and not kept: an owner that
    referred to itself would hold its memory on the device until Python looks for cycles.

    Args:
        warm_up: calls before the capture, which count as any other.
    """

    def __init__(self, device: torch.device, *, warm_up: int = WARM_UP) -> None:
        self._device, self._left = device, warm_up
        self._graph: torch.cuda.CUDAGraph | None = None

    def __call__(self, work: Callable[[], None]) -> None:
        if self._device.type != "cuda":
            work()
        elif self._left:
            self._left -= 1
            self._beside(work)
        else:
            self._graph = self._graph or captured(work)
            self._graph.replay()

    def _beside(self, work: Callable[[], None]) -> None:
        """On a stream of its own, as torch asks of what is captured later."""
        stream = torch.cuda.Stream(self._device)
        stream.wait_stream(torch.cuda.current_stream(self._device))
        with torch.cuda.stream(stream):
            work()
        torch.cuda.current_stream(self._device).wait_stream(stream)


def captured(work: Callable[[], None]) -> torch.cuda.CUDAGraph:
    """The launches of the work, which does not run yet."""
    graph = torch.cuda.CUDAGraph()
    # Other threads of this process may go on: one of a worker waits for its parent's end.
    with torch.cuda.graph(graph, capture_error_mode="thread_local"):
        work()
    return graph
