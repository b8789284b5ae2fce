"""A job carried out where it was sent: trained or measured, and its records written."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from moat_lab.engines.engine import Job
from moat_lab.records import Epoch, Evaluation, Measurement, ResultsFolder
from moat_lab.train import evaluate, evaluate_together, measure

OnEpoch = Callable[[int, Epoch], None]
"""(seed, point of its learning curve)."""


def execute(
    job: Job, results: ResultsFolder, device: str, on_epoch: OnEpoch
) -> Sequence[Evaluation] | Sequence[Measurement]:
    """What the job gave, one record for each seed; each is on disk.

    Raises:
        UserError: as `evaluate`, or as `measure`.
        OSError: a record or checkpoint cannot be written.
        CrowdedError: other processes left the job too little of the device's memory.
        LostContextError: the process has lost its GPU.
    """
    if not job.epochs:
        return [_measured(job, results, device)]
    if job.others:
        return _trained_together(job, results, device, on_epoch)
    return [_trained(job, results, device, partial(on_epoch, job.run.seed))]


def _measured(job: Job, results: ResultsFolder, device: str) -> Measurement:
    run = job.run
    measurement = measure(run.network, run.recipe, run.seed, device=device, latency=job.latency)
    results.measurements.append(measurement)
    return measurement


def _trained(job: Job, results: ResultsFolder, device: str, on_epoch: Callable[[Epoch], None]) -> Evaluation:
    """A training that has ended leaves no checkpoint."""
    run = job.run
    evaluation = evaluate(
        run.network,
        run.recipe,
        run.seed,
        device=device,
        on_epoch=on_epoch,
        last_epoch=job.epochs,
        checkpoints=results.checkpoints,
        resumable=job.resumable,
    )
    results.evaluations.append(evaluation, over_failure=job.retry)
    if evaluation.status != "paused":
        run.checkpoint_file(results.checkpoints).unlink(missing_ok=True)
    return evaluation


def _trained_together(job: Job, results: ResultsFolder, device: str, on_epoch: OnEpoch) -> list[Evaluation]:
    run, seeds = job.run, (job.run.seed, *job.others)
    evaluations = evaluate_together(run.network, run.recipe, seeds, device=device, on_epoch=on_epoch)
    for evaluation in evaluations:
        results.evaluations.append(evaluation)
    return evaluations
