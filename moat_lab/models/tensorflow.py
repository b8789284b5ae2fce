"""Official TensorFlow variables -> our state dict."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
import torch

from moat_lab.errors import UserError
from moat_lab.grammar import Network, to_network
from moat_lab.models.model import build
from moat_lab.models.official import OfficialTensor, official_tensors

Variables = Mapping[str, np.ndarray]

AVERAGE = "/ExponentialMovingAverage"
_DECORATIONS = ("/.ATTRIBUTES/VARIABLE_VALUE", ":0")
_ANCHOR = "stem/conv_0/kernel"
_TABLE = "relative_position_embedding"
_LEAVES = {
    *("kernel", "depthwise_kernel", "weight", "bias", "gamma", "beta"),
    *("moving_mean", "moving_variance", _TABLE),
}


def from_tensorflow(
    variables: Variables, network: Network | str, *, any_tables: bool = False
) -> dict[str, torch.Tensor]:
    """The official weights of a network as a state dict for `build(network, ...)`.

    Args:
        variables: official name, such as `moat/block_02_00/attention/q/weight`, -> array. Moving averages
            (`.../ExponentialMovingAverage`) are taken where present. What is not the network's weights
            (`global_step`, optimiser slots) is left alone; see `unused`.
        network: the network, its text or ZOO name. Windows may differ from the official model's,
            position tables may not. Without `logits_head` the state is that of a model without classes.
        any_tables: gives position tables of other sizes as they are, for `inherit` to resize.

    Raises:
        UserError: a variable is missing, has no place in the network, or another shape; all are named.
    """
    variable_of = sources(variables)
    weights = {weight: np.asarray(variables[name], dtype=np.float32) for weight, name in variable_of.items()}
    classes = _size(weights, "logits_head/bias", "logits_head/kernel", axis=-1, otherwise=0)
    in_chans = _size(weights, _ANCHOR, axis=2, otherwise=3)
    with torch.device("meta"):
        model = build(to_network(network), classes, in_chans)
    tensors = list(official_tensors(model))
    if not classes and "final_layer_norm/gamma" not in weights:
        tensors = [tensor for tensor in tensors if not tensor.name.startswith("head.")]
    if problems := _problems(weights, tensors, root(variables), any_tables):
        raise UserError("the variables do not fit the network:\n  " + "\n  ".join(problems))
    read = {tensor.name: _tensor(tensor, weights) for tensor in tensors}
    return {name: read.get(name, _untouched(name, like)) for name, like in model.state_dict().items()}


def sources(names: Iterable[str]) -> dict[str, str]:
    """Weight, such as `stem/conv_0/bias`, -> the variable to read: its moving average where there is one.

    Raises:
        UserError: there is no official network among the names.
    """
    names = list(names)
    start = root(names)
    # Averages last, so that they replace what they are averages of.
    ordered = sorted(names, key=lambda name: _undecorated(name).endswith(AVERAGE))
    return {weight: name for name in ordered if (weight := _weight(name, start))}


def unused(names: Iterable[str]) -> tuple[str, ...]:
    """The names that hold no weights, such as `global_step`, sorted; what has an average holds weights.

    Raises:
        UserError: as `sources`.
    """
    names = list(names)
    start = root(names)
    return tuple(sorted(name for name in names if not _weight(name, start)))


def root(names: Iterable[str]) -> str:
    """What every weight's name starts with: `moat/` in the released checkpoints.

    Raises:
        UserError: no name ends like a weight that every official network has.
    """
    plain = [_undecorated(name).removesuffix(AVERAGE) for name in names]
    starts = [name.removesuffix(_ANCHOR) for name in plain if f"/{name}".endswith(f"/{_ANCHOR}")]
    if not starts:
        some = ", ".join(sorted(plain)[:3]) or "no variables"
        raise UserError(f"an official MOAT has a variable that ends in '{_ANCHOR}'; got {some} ...")
    return min(starts, key=len)


def _weight(name: str, start: str) -> str | None:
    """`moat/stem/conv_0/bias/ExponentialMovingAverage` -> `stem/conv_0/bias`; None if it is no weight."""
    plain = _undecorated(name)
    weight = plain.removeprefix(start).removesuffix(AVERAGE)
    return weight if plain.startswith(start) and weight.rsplit("/", 1)[-1] in _LEAVES else None


def _undecorated(name: str) -> str:
    for decoration in _DECORATIONS:
        name = name.removesuffix(decoration)
    return name


def _size(weights: Variables, *names: str, axis: int, otherwise: int) -> int:
    for name in names:
        if name in weights and weights[name].ndim > max(axis, 0):
            return int(weights[name].shape[axis])
    return otherwise


def _problems(weights: Variables, tensors: list[OfficialTensor], start: str, any_tables: bool) -> list[str]:
    expected = {variable: tensor.shape for tensor in tensors for variable in tensor.variables}
    return [
        *(f"no official MOAT has {tensor.name}" for tensor in tensors if not tensor.variables),
        *(f"missing: {start}{name} {shape}" for name, shape in expected.items() if name not in weights),
        *(f"no place for: {start}{name} {weights[name].shape}" for name in weights if name not in expected),
        *(
            f"other shape: {start}{name} is {weights[name].shape}, the network needs {shape}"
            for name, shape in expected.items()
            if name in weights
            and weights[name].shape != shape
            and not (any_tables and name.endswith(_TABLE) and weights[name].shape[:1] == shape[:1])
        ),
    ]


def _tensor(tensor: OfficialTensor, weights: Variables) -> torch.Tensor:
    parts = [tensor.layout(weights[variable]) for variable in tensor.variables]
    return torch.from_numpy(np.ascontiguousarray(np.concatenate(parts)))


def _untouched(name: str, like: torch.Tensor) -> torch.Tensor:
    """Fresh values of what a headless checkpoint lacks: counters of batches, and the head's norm."""
    value = 1 if name == "head.norm.weight" else 0
    return torch.full(like.shape, value, dtype=like.dtype, device="cpu")
