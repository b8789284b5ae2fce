"""Worker processes whose device fails in ways that no CPU does."""

import os
import signal
from pathlib import Path

from moat_lab.device import CrowdedError, LostContextError, memory_fraction
from moat_lab.engines import worker as real


def loses_its_gpu_once(pipe, threads, device, folder):
    """The first training of each seed breaks its worker's context."""
    _serve_with(_lost_once(Path(folder)), pipe, threads, device, folder)


def always_loses_its_gpu(pipe, threads, device, folder):
    """Every training does."""
    _serve_with(_lost, pipe, threads, device, folder)


def always_dies(pipe, threads, device, folder):
    """Every training ends its process, as the system does where memory has run out."""
    _serve_with(_killed, pipe, threads, device, folder)


def dies_measuring(pipe, threads, device, folder):
    """Every measurement ends its process."""
    real.measure = _killed
    real.serve(pipe, threads, device, folder)


def needs_the_whole_gpu(pipe, threads, device, folder):
    """Memory runs out where a worker has only a part of it."""
    _serve_with(_crowded, pipe, threads, device, folder)


def _serve_with(evaluate, pipe, threads, device, folder):
    real.evaluate = evaluate
    real.serve(pipe, threads, device, folder)


def _lost(*args, **options):
    raise LostContextError("AcceleratorError: CUDA error: device-side assert triggered")


def _killed(*args, **options):
    os.kill(os.getpid(), signal.SIGKILL)


def _lost_once(folder: Path):
    evaluate = real.evaluate

    def first_lost(network, recipe, seed, **options):
        mark = folder.parent / f"lost-{os.path.basename(network[-8:])}-{seed}"
        if mark.exists():
            return evaluate(network, recipe, seed, **options)
        mark.touch()
        return _lost()

    return first_lost


def _crowded(*args, evaluate=real.evaluate, **options):
    if memory_fraction() < 1:
        raise CrowdedError("OutOfMemoryError: CUDA out of memory")
    return evaluate(*args, **options)
