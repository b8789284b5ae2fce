"""Who gives up a training: Optuna's pruners, for a search with one objective."""

from __future__ import annotations

from typing import TYPE_CHECKING

from moat_lab.records import Pruning
from moat_lab.search.class_registry import ClassRegistry

if TYPE_CHECKING:
    from optuna.pruners import BasePruner

PRUNERS = ClassRegistry(
    kind="pruner",
    paths={
        "hyperband": "optuna.pruners:HyperbandPruner",
        "median": "optuna.pruners:MedianPruner",
        "percentile": "optuna.pruners:PercentilePruner",
        "successive_halving": "optuna.pruners:SuccessiveHalvingPruner",
    },
)


def make_pruner(pruning: Pruning | None, *, epochs: int) -> BasePruner:
    """The pruner of a checked search; Hyperband's largest resource is the recipe's epochs, unless said.

    Left to itself it would wait for a first whole training, and prune nothing until then.
    """
    if pruning is None:
        from optuna.pruners import NopPruner

        return NopPruner()
    most = {"max_resource": epochs} if pruning.pruner["name"] == "hyperband" else {}
    return PRUNERS.make(most | dict(pruning.pruner))  # type: ignore[no-any-return]
