"""One training of weights that all networks of a space share, before a search or by itself."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from moat_lab.costs import cost_at
from moat_lab.errors import UserError
from moat_lab.files import write_atomically
from moat_lab.grammar import Network, parse
from moat_lab.records import Plan, ResultsFolder
from moat_lab.search.candidates import Candidates, candidates_of
from moat_lab.train import Recipe

if TYPE_CHECKING:
    from torch import Tensor

MOST_NETWORKS = 1000
"""Of a larger space so many are drawn."""
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Inherited:
    """What networks reach by their parts of shared weights.

    Args:
        scores: of each network, the task's main one.
        state: the shared weights by our names.
        train_s: of the shared training.
    """

    scores: Mapping[Network, float]
    state: Mapping[str, Tensor]
    train_s: float


def feasible_networks(candidates: Candidates) -> list[Network]:
    """Those of a space within its limits; at most 10,000."""
    feasible = (digits for digits in candidates.points() if not candidates.violation(digits))
    return [candidates.space.at(digits) for digits in feasible]


def few_of(networks: Sequence[Network]) -> list[Network]:
    """Each once; at most 1,000, drawn.

    Raises:
        UserError: there is one alone.
    """
    unique = list({network.key: network for network in networks}.values())
    if len(unique) < 2:
        raise UserError("supernet: a space of two networks or more is needed; got one")
    return unique if len(unique) <= MOST_NETWORKS else random.Random(0).sample(unique, MOST_NETWORKS)


def share_weights(
    networks: Sequence[Network], recipe: Recipe, folder: ResultsFolder, *, seed: int, device: str, say: Say
) -> Inherited:
    """Trains the shared weights, from the folder's checkpoint on, and judges every network by them.

    Raises:
        UserError: the recipe is not for classification.
    """
    from moat_lab.train.supernet import inherited_scores, train_supernet  # loads torch

    say(f"{len(networks):,} networks share one set of weights; {recipe.epochs} epochs.")
    shared, train_s = train_supernet(
        networks,
        recipe,
        seed,
        checkpoint=folder.supernet_file,
        device=device,
        on_epoch=lambda record: say(
            f"  epoch {record.epoch} of {recipe.epochs}: the largest reaches {100 * record.score:.1f} %"
        ),
    )
    say("Each network is judged by its part of the weights.")
    scores = dict(inherited_scores(shared, networks, recipe, seed, device))
    return Inherited(scores=scores, state=shared.state(), train_s=train_s)


def longer(recipe: Recipe, epochs: int) -> Recipe:
    """The recipe with so many epochs, and a warm-up in proportion; validated ten times at most."""
    warmup = recipe.warmup_epochs * epochs / recipe.epochs
    return recipe.model_copy(
        update={"epochs": epochs, "warmup_epochs": warmup, "curve_points": min(10, epochs)}
    )


def make_prior(plan: Plan, folder: ResultsFolder, device: str, say: Say) -> None:
    """Writes what each network of a search reaches by shared weights, where that is wanted and missing."""
    if plan.search is None or not plan.search.share or folder.inherited_file.exists():
        return
    recipe = Recipe.model_validate(plan.recipe)
    candidates = candidates_of(parse(plan.search.space), plan.search.limits, recipe.inputs)
    networks = few_of(feasible_networks(candidates))
    found = share_weights(
        networks, longer(recipe, plan.search.share), folder, seed=plan.seeds[0], device=device, say=say
    )
    write_inherited(folder, inherited_table(found.scores, recipe))
    folder.supernet_file.unlink()


def inherited_table(scores: Mapping[Network, float], recipe: Recipe) -> pd.DataFrame:
    """A row for each network with its costs, best first."""
    rows = [
        {
            "key": network.key,
            "network": str(network),
            **cost_at(network, recipe.inputs).values,
            "inherited": score,
        }
        for network, score in scores.items()
    ]
    return pd.DataFrame(rows).sort_values("inherited", ascending=False, ignore_index=True)


def write_inherited(folder: ResultsFolder, table: pd.DataFrame) -> None:
    """The table, into the folder."""
    write_atomically(folder.inherited_file, table.to_csv(index=False, lineterminator="\n"))
