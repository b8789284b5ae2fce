"""Official TensorFlow variables -> our state dict."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

import numpy as np
import torch

from moat_lab.errors import UserError
from moat_lab.grammar import Network
from moat_lab.grammar import network as to_network
from moat_lab.models.build import build

Variables = Mapping[str, np.ndarray]

_FIXED = {
    "stem/conv_0": "stem.conv_0",
    "stem/norm_0": "stem.norm_0",
    "stem/conv_1": "stem.conv_1",
    "final_layer_norm": "head.norm",
    "logits_head": "head.classifier",
}
_LEAVES = {
    "gamma": "weight",
    "beta": "bias",
    "moving_mean": "running_mean",
    "moving_variance": "running_var",
    "kernel": "weight",
    "depthwise_kernel": "weight",
    "bias": "bias",
    "relative_position_embedding": "relative_position",
}
_BLOCK = re.compile(r"block_(\d+)_(\d+)/(.+)")
_SQUEEZE_EXCITE = {"se/reduce_conv2d": "se.fc1", "se/expand_conv2d": "se.fc2"}


def from_tensorflow(variables: Variables, network: Network | str) -> dict[str, torch.Tensor]:
    """The official weights of a network as a state dict for `build(network, ...)`.

    Args:
        variables: official name, such as `moat/block_02_00/attention/q/weight`, -> array. Moving averages
            (`.../ExponentialMovingAverage`) are taken where present. Bookkeeping of the training
            (`global_step`, optimiser slots) is not weights; see `unused`.
        network: the network, its text or ZOO name. Windows may differ from the official model's,
            position tables may not. Without `logits_head` the head's weights are left out.

    Raises:
        UserError: a variable has no place in the network, has another shape, or is missing; all are named.
    """
    weights = {name: _averaged(variables, name) for name in _weight_names(variables)}
    queries = {name for name in weights if "/attention/q/" in name}
    state = {our_name(name): _array(weights, name) for name in weights if not _is_part(name)}
    state |= {our_name(name): _fused(weights, name) for name in queries}
    return _fitted(state, to_network(network))


def unused(variables: Iterable[str]) -> tuple[str, ...]:
    """The names among official variables that hold no weights, such as `global_step`, sorted."""
    names = list(variables)
    used = set(_weight_names(names))
    averages = {f"{name}/{_AVERAGE}" for name in used}
    return tuple(sorted(set(names) - used - averages))


_AVERAGE = "ExponentialMovingAverage"


def our_name(name: str) -> str:
    """`moat/block_02_00/attention/q/bias` -> `stages.2.block_0.attn.branch.attention.qkv.bias`.

    Raises:
        UserError: the name follows no official pattern.
    """
    path, leaf = name.removeprefix("moat/").rsplit("/", 1)
    if path in _FIXED:
        return f"{_FIXED[path]}.{_LEAVES[leaf]}"
    match = _BLOCK.fullmatch(path)
    if match is None:
        raise UserError(f"no official MOAT has a variable '{name}'")
    stage, block, layer = int(match[1]), int(match[2]), match[3]
    return f"stages.{stage}.block_{block}.{_layer_name(layer, leaf)}"


def _layer_name(layer: str, leaf: str) -> str:
    if layer == "attention" and leaf == "relative_position_embedding":
        return "attn.branch.attention.relative_position"
    if layer.startswith("attention/"):
        inner = "out" if layer.endswith("/o") else "qkv"
        return f"attn.branch.attention.{inner}.{leaf}"
    if layer == "attention_norm":
        return f"attn.branch.attention_norm.{_LEAVES[leaf]}"
    if layer == "shortcut_conv":
        return f"mbconv.shortcut.shortcut_conv.{_LEAVES[leaf]}"
    return f"mbconv.branch.{_SQUEEZE_EXCITE.get(layer, layer)}.{_LEAVES[leaf]}"


def _weight_names(names: Iterable[str]) -> list[str]:
    known = (*_LEAVES, "weight")
    return [name for name in names if name.startswith("moat/") and name.rsplit("/", 1)[1] in known]


def _averaged(variables: Variables, name: str) -> np.ndarray:
    return np.asarray(variables.get(f"{name}/{_AVERAGE}", variables[name]), dtype=np.float32)


def _is_part(name: str) -> bool:
    return re.search(r"/attention/[qkv]/", name) is not None


def _array(weights: Variables, name: str) -> torch.Tensor:
    """One variable in our layout: HWIO and HWC1 kernels, (heads, head, C) outputs."""
    array, leaf = weights[name], name.rsplit("/", 1)[1]
    if leaf == "kernel":
        array = array.transpose(3, 2, 0, 1)
        array = array[:, :, 0, 0] if "logits_head" in name else array
    elif leaf == "depthwise_kernel":
        array = array.transpose(2, 3, 0, 1)
    elif name.endswith("/attention/o/weight"):
        array = array.reshape(-1, array.shape[-1]).T
    return torch.from_numpy(np.ascontiguousarray(array))


def _fused(weights: Variables, query: str) -> torch.Tensor:
    """Queries, keys and values, (C, heads, head) each, as one linear layer's weight or bias."""
    parts = [query.replace("/q/", f"/{letter}/") for letter in "qkv"]
    missing = [part for part in parts if part not in weights]
    if missing:
        raise UserError(f"queries, keys and values belong together; missing: {', '.join(missing)}")
    flat = [weights[part].reshape(*weights[part].shape[:-2], -1).T for part in parts]
    return torch.from_numpy(np.ascontiguousarray(np.concatenate(flat)))


def _fitted(state: dict[str, torch.Tensor], network: Network) -> dict[str, torch.Tensor]:
    classes = state["head.classifier.bias"].shape[0] if "head.classifier.bias" in state else 0
    in_chans = state["stem.conv_0.weight"].shape[1] if "stem.conv_0.weight" in state else 3
    with torch.device("meta"):
        needed = build(network, classes, in_chans).state_dict()
    for name in needed:
        if name.endswith("num_batches_tracked"):
            state[name] = torch.tensor(0)
        elif name.startswith("head.norm") and classes == 0:
            state.setdefault(name, torch.full(needed[name].shape, float(name.endswith("weight"))))
    problems = [f"missing {name}" for name in needed if name not in state]
    problems += [f"no place for {name}" for name in state if name not in needed]
    problems += [
        f"{name} is {tuple(state[name].shape)}, needs {tuple(needed[name].shape)}"
        for name in needed
        if name in state and state[name].shape != needed[name].shape
    ]
    if problems:
        raise UserError("the variables do not fit the network:\n  " + "\n  ".join(problems))
    return {name: state[name] for name in needed}
