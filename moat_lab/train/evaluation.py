"""Evaluations, from a network's text to their records: of one seed, or of several trained at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from moat_lab.costs import Cost, cost_at
from moat_lab.device import check_alone, check_context
from moat_lab.errors import UserError
from moat_lab.files import FULL
from moat_lab.grammar import Network, to_network
from moat_lab.records import Epoch, Evaluation
from moat_lab.train.provenance import failure_text, with_advice
from moat_lab.train.recipe import Recipe, check_validation_epoch, load_recipe
from moat_lab.train.recipe_checks import check_network, resolved
from moat_lab.train.run import Run

if TYPE_CHECKING:
    from moat_lab.train.short_training import ShortTraining
    from moat_lab.train.training_loop import SeedProgress

OnEpoch = Callable[[int, Epoch], None]
"""(seed, point of its learning curve)."""


def evaluate(
    network: Network | str,
    recipe: Recipe | Path | str,
    seed: int,
    *,
    device: str = "cpu",
    on_epoch: Callable[[Epoch], None] | None = None,
    last_epoch: int | None = None,
    checkpoints: Path | None = None,
    resumable: bool = False,
) -> Evaluation:
    """Train a network as the recipe says, and validate it.

    Initial weights, order of the images, augmentation and split depend on the seed and the recipe
    alone, so that networks trained with equal seeds are paired. On a CPU with the same number of
    threads the same seed gives the same result to the last bit, also where it was paused on the way.

    Args:
        network: a network, its text, or a name of the ZOO.
        recipe: a recipe, its name, or the path of its YAML.
        on_epoch: called at each point of the learning curve that is new.
        last_epoch: the epoch after which to pause, one that ends with a validation; None is the last.
        checkpoints: a folder. A paused training leaves its checkpoint there, and is resumed from it. A
            checkpoint that is damaged, of other versions, or beyond `last_epoch` is ignored. Without a folder
            a paused training cannot be resumed.
        resumable: whether a checkpoint is left there after each validation, for a machine that may go away.

    Returns:
        A finished evaluation, a paused one, or a failed one with what went wrong: a loss that is not
        finite, memory. Where memory ran out, the error begins with the largest batch that fits. Of data of
        files, `images` in the environment is `resident`, or `streamed` where they would take too much of
        the free memory: a random crop is then of the whole file, in place of the square in its middle.

    Raises:
        GrammarError, UserError: the network, recipe, data or device does not exist, `last_epoch` does not
            end with a validation, a batch norm would see one value, or the optimiser keeps what cannot be
            written down.
        OSError: no space is left for a checkpoint or a cache.
    """
    (run,) = resolved_runs(network, recipe, [seed], last_epoch)
    price = cost_at(run.network, run.recipe.inputs)

    from moat_lab.numerics import deterministic
    from moat_lab.train.memory import batch_advice, out_of_memory, release_memory
    from moat_lab.train.short_training import fresh_training, train_seeds

    training, error, short = fresh_training([run]), None, False
    tell = (lambda _, point: on_epoch(point)) if on_epoch else None
    try:
        train_seeds(
            training,
            [run],
            device=device,
            on_epoch=tell,
            last_epoch=last_epoch,
            checkpoints=checkpoints,
            resumable=resumable,
        )
    except UserError:
        raise
    except Exception as failure:
        check_context(device, failure)
        if isinstance(failure, OSError) and failure.errno in FULL:
            raise
        error, short = failure_text(failure), out_of_memory(failure)
    if short:  # after the failure, which holds on to all of the training's tensors
        release_memory()
        check_alone(error)
        with deterministic(device):
            error = with_advice(str(error), batch_advice(run.network, run.recipe, seed, device))
    return record(price, run, training, training.progress[0], error, device)


def evaluate_together(
    network: Network | str,
    recipe: Recipe | Path | str,
    seeds: Sequence[int],
    *,
    device: str = "cpu",
    on_epoch: OnEpoch | None = None,
) -> list[Evaluation]:
    """What `evaluate` gives for each seed, up to rounding, trained at once where that is possible.

    Each seed has its own weights, order of the images and augmentation. `train_s` is a seed's share of the
    time of all, and the peak memory that of all; `seeds_together` in the environment names them. Where the
    recipe does not allow it, or it fails, as for lack of memory, the seeds are trained one by one, and
    `one_by_one` in the environment says why. A seed alone is trained by `evaluate`.

    Raises:
        GrammarError, UserError: as `evaluate`.
    """
    runs = resolved_runs(network, recipe, seeds)
    if len(runs) == 1:
        return [_alone(runs[0], device, on_epoch)]

    from moat_lab.train.stacked import reason_not_together

    reason = reason_not_together(runs[0].recipe)
    if reason is None:
        done = _together(runs, device, on_epoch)
        if not isinstance(done, str):
            return done
        reason = done
    alone = [_alone(run, device, on_epoch) for run in runs]
    return [replace(e, environment={**e.environment, "one_by_one": reason}) for e in alone]


def _together(runs: Sequence[Run], device: str, on_epoch: OnEpoch | None) -> list[Evaluation] | str:
    """The evaluations; or in one line what went wrong for all of them."""
    from moat_lab.train.memory import release_memory
    from moat_lab.train.short_training import fresh_training, train_seeds

    price, training = cost_at(runs[0].network, runs[0].recipe.inputs), fresh_training(runs)
    try:
        train_seeds(training, runs, device=device, on_epoch=on_epoch)
    except UserError:
        raise
    except Exception as failure:
        check_context(device, failure)
        wrong = f"together: {type(failure).__name__}: {failure}".splitlines()[0]
    else:
        seeds = {"seeds_together": [run.seed for run in runs]}
        pairs = zip(runs, training.progress, strict=True)
        done = [record(price, run, training, progress, None, device) for run, progress in pairs]
        return [replace(e, environment={**e.environment, **seeds}) for e in done]
    release_memory()
    return wrong


def _alone(run: Run, device: str, on_epoch: OnEpoch | None) -> Evaluation:
    tell = partial(on_epoch, run.seed) if on_epoch else None
    return evaluate(run.network, run.recipe, run.seed, device=device, on_epoch=tell)


def resolved_runs(
    network: Network | str, recipe: Recipe | Path | str, seeds: Sequence[int], last_epoch: int | None = None
) -> list[Run]:
    """What is to be trained; raises GrammarError or UserError where it cannot be."""
    network = to_network(network)
    recipe = recipe if isinstance(recipe, Recipe) else load_recipe(recipe)
    if last_epoch is not None:
        check_validation_epoch(recipe, last_epoch)
    recipe = resolved(recipe)
    check_network(network, recipe)
    return [Run(network=network, recipe=recipe, seed=seed) for seed in seeds]


def record(
    price: Cost,
    run: Run,
    training: ShortTraining,
    progress: SeedProgress,
    error: str | None,
    device: str,
) -> Evaluation:
    """What the training of a seed gave, as it is written down."""
    from moat_lab.train.provenance import environment

    error = failure_text(progress.failure) if progress.failure else error
    recipe, curve, train_s = run.recipe, progress.curve, progress.train_s
    last = curve[-1] if curve else None
    status = _status(progress, recipe, error)
    return Evaluation(
        network=str(run.network),
        network_key=run.network.key,
        recipe=recipe.content(),
        recipe_key=recipe.key,
        seed=run.seed,
        status=status,
        error=error,
        scores=progress.records[-1].scores if last and status == "ok" else {},
        final_loss=last.train_loss if last else None,
        curve=curve,
        costs=price.values,
        train_s=train_s,
        images_per_s=progress.steps * recipe.batch / train_s if train_s else 0.0,
        environment=environment(device) | conditions(training) | _inherited(run, status),
        peak_memory_bytes=training.peak_bytes,
        test_scores=training.test_scores if status == "ok" else {},
    )


def failed_evaluation(run: Run, *, device: str, error: str) -> Evaluation:
    """The record of a training of which only the error is left."""
    from moat_lab.train.short_training import fresh_training

    run = replace(run, recipe=resolved(run.recipe))
    training = fresh_training([run])
    return record(cost_at(run.network, run.recipe.inputs), run, training, training.progress[0], error, device)


def conditions(training: ShortTraining) -> dict[str, Any]:
    """What a record says of how the training ran, where there was a choice."""
    values = {
        "images": training.image_storage,
        "cuda_graph": training.cuda_graph,
        "nondeterministic": training.nondeterministic,
    }
    return {name: value for name, value in values.items() if value is not None}


def _inherited(run: Run, status: str) -> dict[str, Any]:
    """The share of its weights that a network took over, where the recipe starts from any."""
    if not run.recipe.start or status == "failed":
        return {}

    from moat_lab.train.starting import inheritance_of

    return {"inherited": round(inheritance_of(run.network, run.recipe).share, 4)}


def _status(progress: SeedProgress, recipe: Recipe, error: str | None) -> Literal["ok", "failed", "paused"]:
    if error:
        return "failed"
    return "ok" if progress.epoch == recipe.epochs else "paused"
