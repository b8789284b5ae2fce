"""Weights that all networks of a space share: which part a network takes of them, and their file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save

from moat_lab.errors import UserError
from moat_lab.files import check_regular, write_atomically
from moat_lab.grammar import Network
from moat_lab.models.headed import built
from moat_lab.models.weights import check_finite_state, portable
from moat_lab.models.weights_header import STEM, TensorEntry, check_ends, in_chans, num_classes
from moat_lab.ops import input_spec
from moat_lab.ops.modules.attention import TABLE

_SHARED = "networks"
"""In the file's metadata: how many networks share the weights."""
_SPATIAL = 2
"""Dimensions of a convolution's weight before its kernel's."""
_PRODUCTS = ("qkv.weight", "qkv.bias")


def part_of(name: str, whole: torch.Tensor, shape: Sequence[int]) -> torch.Tensor:
    """What a smaller layer takes of a larger one's weight: a view, so that gradients reach the whole.

    The first channels, and so the first heads of queries, keys and values each; of a kernel and of a position
    table the middle, where an offset means the same.
    """
    if name.endswith(_PRODUCTS):
        thirds = whole.unflatten(0, (3, -1))[:, : shape[0] // 3]
        part: torch.Tensor = thirds.flatten(0, 1)[(slice(None), *(slice(0, size) for size in shape[1:]))]
        return part
    first = 1 if name.endswith(TABLE) else _SPATIAL
    leading = tuple(slice(0, size) for size in shape[:first])
    middle = (_middle(there, size) for there, size in zip(whole.shape[first:], shape[first:], strict=True))
    return whole[(*leading, *middle)]


def _middle(there: int, size: int) -> slice:
    start = (there - size) // 2
    return slice(start, start + size)


def write_shared(path: Path, state: Mapping[str, torch.Tensor], *, networks: int) -> None:
    """Writes, atomically, a file that `read_shared` takes; the same weights give the same bytes.

    Args:
        state: each weight by our names, as large as the largest network that has it.
        networks: how many share them.
    """
    tensors = {name: portable(tensor) for name, tensor in state.items()}
    # One entry of metadata: safetensors writes several in any order, and the digest is part of recipes.
    write_atomically(path, save(tensors, {_SHARED: str(networks)}))


def holds_shared(path: Path) -> bool:
    """Whether a file is one of `write_shared`."""
    try:
        check_regular(path)
        with safe_open(path, framework="pt") as file:
            return _SHARED in (file.metadata() or {})
    except (OSError, SafetensorError):
        return False


def read_shared(path: Path, network: Network) -> Mapping[str, torch.Tensor]:
    """A network's part of shared weights, by our names; without what they have no place for.

    Statistics of batch norms are not among them: they belong to a network.

    Raises:
        UserError: the file is damaged, or holds numbers that are not finite.
    """
    try:
        with safe_open(path, framework="pt") as file:
            state = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except (OSError, SafetensorError) as error:
        raise UserError(f"weights: a safetensors file is needed; got {path}: {error}") from None
    check_finite_state(state, path)
    header = {name: TensorEntry(shape=tuple(tensor.shape), kind="F32") for name, tensor in state.items()}
    check_ends(header)
    if STEM not in header:
        raise UserError(f"weights: a file with the weights of all layers is needed; {path} has no {STEM}")
    inputs = input_spec(network.resolution, in_chans=in_chans(header), classes=num_classes(header))
    with torch.device("meta"):
        shapes = {name: own.shape for name, own in built(network, inputs).named_parameters()}
    return {
        name: part_of(name, state[name], shape).clone()
        for name, shape in shapes.items()
        if name in state and _holds(state[name], shape)
    }


def _holds(whole: torch.Tensor, shape: Sequence[int]) -> bool:
    return whole.ndim == len(shape) and all(
        size <= there for size, there in zip(shape, whole.shape, strict=True)
    )
