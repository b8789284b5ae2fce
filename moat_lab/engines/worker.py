"""A worker process of the local engine: it takes one job at a time, and writes its record itself."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from multiprocessing import connection, parent_process
from multiprocessing.connection import Connection
from threading import Thread

from moat_lab.device import CrowdedError, LostContextError, take_device
from moat_lab.engines.engine import Job
from moat_lab.errors import UserError
from moat_lab.records import Epoch, Evaluation, Measurement, ResultsFolder
from moat_lab.train import evaluate, evaluate_together, measure
from moat_lab.train.provenance import failure_text

OnEpoch = Callable[[int, Epoch], None]
"""(seed, point of its learning curve)."""


def serve(pipe: Connection, threads: int, device: str, results: ResultsFolder) -> None:
    """Takes jobs until the parent ends, also where that is killed; every message begins with the seed."""
    import torch

    Thread(target=_end_with_parent, daemon=True).start()
    torch.set_num_threads(threads)
    with suppress(EOFError, ConnectionError):
        while True:
            job = pipe.recv()
            try:
                take_device(device)
                for done in _done(job, results, device, partial(_tell, pipe)):
                    pipe.send((done.seed, done))
            except UserError as error:
                pipe.send((job.seed, UserError(str(error))))
            except OSError as error:  # of what is written down: no space, no folder
                pipe.send((job.seed, error))
            except CrowdedError as error:
                pipe.send((job.seed, CrowdedError(str(error))))
            except LostContextError as error:
                pipe.send((job.seed, LostContextError(failure_text(error))))
                return


def _done(
    job: Job, results: ResultsFolder, device: str, on_epoch: OnEpoch
) -> Sequence[Evaluation] | Sequence[Measurement]:
    if not job.epochs:
        return [_measured(job, results, device)]
    if job.others:
        return _trained_together(job, results, device, on_epoch)
    return [_trained(job, results, device, partial(on_epoch, job.seed))]


def _measured(job: Job, results: ResultsFolder, device: str) -> Measurement:
    """The measurement, written down."""
    done = measure(job.network, job.recipe, job.seed, device=device, latency=job.latency)
    results.measurements.append(done)
    return done


def _trained(job: Job, results: ResultsFolder, device: str, on_epoch: Callable[[Epoch], None]) -> Evaluation:
    """The evaluation, written down; a training that has ended leaves no checkpoint."""
    done = evaluate(
        job.network,
        job.recipe,
        job.seed,
        device=device,
        on_epoch=on_epoch,
        last_epoch=job.epochs,
        checkpoints=results.checkpoints,
    )
    results.evaluations.append(done, over_failure=job.retry)
    if done.status != "paused":
        name = f"{done.network_key}-{done.recipe_key}-{done.seed}.safetensors"
        (results.checkpoints / name).unlink(missing_ok=True)
    return done


def _trained_together(job: Job, results: ResultsFolder, device: str, on_epoch: OnEpoch) -> list[Evaluation]:
    """The evaluations of all of a job's seeds, written down."""
    done = evaluate_together(
        job.network, job.recipe, (job.seed, *job.others), device=device, on_epoch=on_epoch
    )
    for evaluation in done:
        results.evaluations.append(evaluation)
    return done


def _end_with_parent() -> None:
    """Ends this process, whatever it does, when its parent does."""
    parent = parent_process()
    assert parent is not None
    connection.wait([parent.sentinel])
    os._exit(1)


def _tell(pipe: Connection, seed: int, epoch: Epoch) -> None:
    """A point of the curve to the parent; that there is none any more is no failure of the training."""
    try:
        pipe.send((seed, epoch))
    except ConnectionError:
        raise SystemExit(0) from None
