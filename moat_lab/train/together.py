"""Several seeds of one network evaluated at once, which is faster where a GPU waits for small kernels."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from moat_lab.device import check_context
from moat_lab.errors import UserError
from moat_lab.grammar import Network
from moat_lab.grammar import network as to_network
from moat_lab.records import Epoch, Evaluation
from moat_lab.train.batch_norm import check_batch_norms
from moat_lab.train.evaluate import evaluate, priced, record
from moat_lab.train.recipe import Recipe, load_recipe
from moat_lab.train.sizes import resolved

OnEpoch = Callable[[int, Epoch], None]
"""(seed, point of its learning curve)."""


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
    network = to_network(network)
    recipe = resolved(recipe if isinstance(recipe, Recipe) else load_recipe(recipe))
    check_batch_norms(network, recipe)
    if len(seeds) == 1:
        return [_alone(network, recipe, seeds[0], device, on_epoch)]

    from moat_lab.train.train_together import obstacle

    reason = obstacle(recipe)
    if reason is None:
        done = _together(network, recipe, seeds, device, on_epoch)
        if not isinstance(done, str):
            return done
        reason = done
    alone = [_alone(network, recipe, seed, device, on_epoch) for seed in seeds]
    return [replace(e, environment={**e.environment, "one_by_one": reason}) for e in alone]


def _together(
    network: Network, recipe: Recipe, seeds: Sequence[int], device: str, on_epoch: OnEpoch | None
) -> list[Evaluation] | str:
    """The evaluations; or in one line what went wrong for all of them."""
    from moat_lab.train.memory import give_back
    from moat_lab.train.train_together import train_together

    price = priced(network, recipe)
    try:
        members = train_together(network, recipe, seeds, device=device, on_epoch=on_epoch)
    except UserError:
        raise
    except Exception as failure:
        check_context(device, failure)
        wrong = f"together: {type(failure).__name__}: {failure}".splitlines()[0]
    else:
        done = [record(price, recipe, m.seed, m.training, m.error, device) for m in members]
        return [replace(e, environment={**e.environment, "seeds_together": list(seeds)}) for e in done]
    give_back()
    return wrong


def _alone(network: Network, recipe: Recipe, seed: int, device: str, on_epoch: OnEpoch | None) -> Evaluation:
    told = partial(on_epoch, seed) if on_epoch else None
    return evaluate(network, recipe, seed, device=device, on_epoch=told)
