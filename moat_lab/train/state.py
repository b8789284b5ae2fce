"""All that a trainer carries from one step to the next, as named tensors and plain values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

import torch
from annotated_types import Ge
from typing_extensions import TypedDict

from moat_lab.errors import UserError
from moat_lab.train.trainer import Trainer


class Plain(TypedDict):
    """What of a trainer is no tensor: JSON values only."""

    steps: Annotated[int, Ge(0)]
    scaler: dict[str, Any]
    optimizer: dict[str, bool | int | float | str | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """Tensors by path, and what is no tensor.

    Paths are `model/NAME`, `average/NAME`, `optimizer/state/WEIGHT/NAME`, `optimizer/group/GROUP/NAME` and
    `generator/NAME`. The schedule of the learning rate is a function of the steps, and not in here.
    """

    tensors: Mapping[str, torch.Tensor]
    plain: Plain


def trainer_state(trainer: Trainer, order: torch.Generator) -> State:
    """The trainer as it is, without copies: its next step changes the tensors.

    Raises:
        UserError: its optimiser keeps something else than tensors and plain values.
    """
    values = _optimizer_values(trainer.optimizer.state_dict())
    plain = {name: value for name, value in values.items() if not isinstance(value, torch.Tensor)}
    _check_plain(plain, trainer.recipe.optimizer)
    moments = {name: value for name, value in values.items() if name not in plain}
    generators = {f"generator/{name}": g.get_state() for name, g in _generators(trainer, order).items()}
    return State(
        tensors={**_weights(trainer), **moments, **generators},
        plain={"steps": trainer.steps, "scaler": trainer.scaler.state_dict(), "optimizer": plain},
    )


def restore(state: State, trainer: Trainer, order: torch.Generator) -> None:
    """Makes a fresh trainer of the same network and recipe, and torch's generators, what they were.

    Raises:
        LookupError, RuntimeError, TypeError, ValueError: the state is of another layout; the trainer is then
            of no use.
    """
    trainer.model.load_state_dict(_part(state.tensors, "model/"))
    if trainer.average:
        trainer.average.module.load_state_dict(_part(state.tensors, "average/"))
    values = _part({**state.tensors, **state.plain["optimizer"]}, "optimizer/")
    trainer.optimizer.load_state_dict(_optimizer_state(values, fresh=trainer.optimizer.state_dict()))
    trainer.scaler.load_state_dict(dict(state.plain["scaler"]))
    trainer.steps = state.plain["steps"]
    for name, generator in _generators(trainer, order).items():
        generator.set_state(state.tensors[f"generator/{name}"])


def _weights(trainer: Trainer) -> dict[str, torch.Tensor]:
    """With the buffers, such as the running statistics of norms."""
    models = {"model": trainer.model} | ({"average": trainer.average.module} if trainer.average else {})
    return {
        f"{kind}/{name}": tensor
        for kind, model in models.items()
        for name, tensor in model.state_dict().items()
    }


def _optimizer_values(state: Mapping[str, Any]) -> dict[str, Any]:
    """Of each weight everything, and of each group what may change from step to step, such as `lr`."""
    changing = (torch.Tensor, int, float)
    return {
        f"optimizer/state/{index}/{name}": value
        for index, values in state["state"].items()
        for name, value in values.items()
    } | {
        f"optimizer/group/{index}/{name}": value
        for index, group in enumerate(state["param_groups"])
        for name, value in group.items()
        if isinstance(value, changing)
    }


def _optimizer_state(values: Mapping[str, Any], *, fresh: Mapping[str, Any]) -> dict[str, Any]:
    """What `_optimizer_values` took apart, as the optimiser takes it."""
    weights: dict[int, dict[str, Any]] = {}
    groups = [dict(group) for group in fresh["param_groups"]]
    for path, value in values.items():
        kind, index, name = path.split("/", 2)
        target = groups[int(index)] if kind == "group" else weights.setdefault(int(index), {})
        target[name] = value
    return {"state": weights, "param_groups": groups}


def _generators(trainer: Trainer, order: torch.Generator) -> dict[str, torch.Generator]:
    """The order of the images and its augmentation, and torch's own, which drop paths."""
    device = next(trainer.model.parameters()).device
    generators = {"order": order, "cpu": torch.default_generator}
    return generators | (
        {"cuda": torch.cuda.default_generators[device.index]} if device.type == "cuda" else {}
    )


def _part(values: Mapping[str, Any], prefix: str) -> dict[str, Any]:
    return {name.removeprefix(prefix): value for name, value in values.items() if name.startswith(prefix)}


def _check_plain(values: Mapping[str, Any], optimizer: str) -> None:
    for name, value in values.items():
        if not isinstance(value, int | float | str | None):
            raise UserError(
                f"recipe: an optimizer that keeps tensors and numbers is needed to pause a training; "
                f"'{optimizer}' keeps a {type(value).__name__} as {name.rsplit('/', 1)[1]}\n"
                "  train it in one go, or take another optimizer"
            )
