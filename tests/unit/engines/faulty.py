"""Worker processes whose device fails in ways that no CPU does."""

import os
import signal

from moat_lab.device import CrowdedError, LostContextError, memory_fraction
from moat_lab.engines import execution
from moat_lab.engines.worker import serve
from moat_lab.records import ResultsFolder


def loses_its_gpu_once(pipe, threads, device, results, environment):
    """The first training of each seed breaks its worker's context."""
    _serve_with(_lost_once(results), pipe, threads, device, results, environment)


def always_loses_its_gpu(pipe, threads, device, results, environment):
    """Every training does."""
    _serve_with(_lost, pipe, threads, device, results, environment)


def always_dies(pipe, threads, device, results, environment):
    """Every training ends its process, as the system does where memory has run out."""
    _serve_with(_killed, pipe, threads, device, results, environment)


def dies_measuring(pipe, threads, device, results, environment):
    """Every measurement ends its process."""
    execution.measure = _killed
    serve(pipe, threads, device, results, environment)


def has_no_space(pipe, threads, device, results, environment):
    """No file may have 1,000 bytes, which a record has."""
    import resource

    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
    serve(pipe, threads, device, results, environment)


def needs_the_whole_gpu(pipe, threads, device, results, environment):
    """Memory runs out where a worker has only a part of it."""
    _serve_with(_crowded, pipe, threads, device, results, environment)


def _serve_with(evaluate, pipe, threads, device, results, environment):
    execution.evaluate = evaluate
    serve(pipe, threads, device, results, environment)


def _lost(*args, **options):
    raise LostContextError("AcceleratorError: CUDA error: device-side assert triggered")


def _killed(*args, **options):
    os.kill(os.getpid(), signal.SIGKILL)


def _lost_once(results: ResultsFolder):
    evaluate = execution.evaluate

    def first_lost(network, recipe, seed, **options):
        mark = results.path / f"lost-{seed}"
        if mark.exists():
            return evaluate(network, recipe, seed, **options)
        mark.touch()
        return _lost()

    return first_lost


def _crowded(*args, evaluate=execution.evaluate, **options):
    if memory_fraction() < 1:
        raise CrowdedError("OutOfMemoryError: CUDA out of memory")
    return evaluate(*args, **options)
