"""What a file of weights says that it holds, compared with its network before anything is built."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import prod

import torch

from moat_lab.costs.closed_form import cost_at
from moat_lab.errors import UserError
from moat_lab.grammar import Network
from moat_lab.models.headed import built
from moat_lab.ops import InputSpec

STEM, BIAS = "stem.conv_0.weight", "head.classifier.bias"
_FLOATS = ("F64", "F32", "F16", "BF16")
_WHOLE = ("I64", "I32")


@dataclass(frozen=True, slots=True, kw_only=True)
class TensorEntry:
    """A tensor's shape, and its type in safetensors' words."""

    shape: tuple[int, ...]
    kind: str


Header = Mapping[str, TensorEntry]
"""Name -> what the file holds under it."""


def num_classes(header: Header) -> int:
    """Of the linear classifier; 0 where there is none."""
    return header[BIAS].shape[0] if BIAS in header else 0


def in_chans(header: Header, stem: str = STEM) -> int:
    return header[stem].shape[1]


def check_ends(header: Header, stem: str = STEM) -> None:
    """Raises UserError unless channels and classes can be told from the stem's and the classifier's shape."""
    for name, dimensions in ((stem, 4), (BIAS, 1)):
        shape = header[name].shape if name in header else (1,) * dimensions
        if len(shape) != dimensions or 0 in shape:
            raise UserError(f"{name} with {dimensions} dimensions is needed; got {_sides(shape)}")


def check_header(header: Header, network: Network, inputs: InputSpec) -> None:
    """Raises UserError unless the network has these weights: all of them, in these shapes, and no others."""
    there = sum(prod(entry.shape) for entry in header.values())
    # By the closed form: a network of a line may need more memory than any machine has.
    parameters = cost_at(network, inputs).params
    if parameters > there:
        raise UserError(
            f"the weights do not fit {network}: {parameters:,} numbers are needed; the file holds {there:,}"
        )
    with torch.device("meta"):
        expected = built(network, inputs).state_dict()
    for name in sorted({*expected, *header}):
        _check_entry(name, expected.get(name), header.get(name), network)


def _check_entry(name: str, built: torch.Tensor | None, there: TensorEntry | None, network: Network) -> None:
    if built is None or there is None:
        which = "a tensor that it lacks" if built is not None else "one that it has no place for"
        raise UserError(f"the weights do not fit {network}: all of its tensors are needed; {name} is {which}")
    if there.shape != tuple(built.shape):
        raise UserError(
            f"the weights do not fit {network}: {name} of {_sides(built.shape)} is needed; "
            f"got {_sides(there.shape)}"
        )
    kinds = _FLOATS if built.is_floating_point() else _WHOLE
    if there.kind not in kinds:
        raise UserError(f"{name} as {', '.join(kinds)} is needed; got {there.kind}")


def _sides(shape: tuple[int, ...]) -> str:
    return "x".join(map(str, shape)) or "none"
