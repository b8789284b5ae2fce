"""A trained network as one safetensors file, which says itself what it is.

The header's metadata are texts: `format` ("pt"), `network` (canonical text), `key`, and `about`, JSON of
what its inputs and outputs mean.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from pydantic import TypeAdapter, ValidationError
from safetensors import SafetensorError, safe_open
from safetensors.torch import save

from moat_lab.errors import UserError, readable
from moat_lab.grammar import Network
from moat_lab.grammar import network as to_network
from moat_lab.models.build import build
from moat_lab.models.model import Model
from moat_lab.whole import write_whole

WEIGHTS = "weights.safetensors"
"""The file's name in a training's folder."""
_STEM = "stem.conv_0.weight"


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What a network's inputs and outputs mean.

    Args:
        resolution: side of the images it was trained on, pixels.
        mean: of each channel, of pixels in [0, 1]; `deviation` likewise. Images are normalised with both.
        classes: names of the classes, in order of the logits; empty where they have none.
        top1: fraction on val; None if it was not measured.
        trained_by: the command; empty if unknown.
    """

    resolution: int
    mean: tuple[float, ...]
    deviation: tuple[float, ...]
    classes: tuple[str, ...] = ()
    top1: float | None = None
    trained_by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """A network with its weights; `about` is None in files that hold none, as imported ones."""

    network: Network
    state: Mapping[str, torch.Tensor]
    about: About | None

    @property
    def num_classes(self) -> int:
        """0 where there is no classifier."""
        bias = self.state.get("head.classifier.bias")
        return 0 if bias is None else len(bias)

    @property
    def in_chans(self) -> int:
        return int(self.state[_STEM].shape[1])

    def model(self) -> Model:
        """The network with these weights, in eval mode.

        Raises:
            UserError: the weights are those of another network.
        """
        model = build(self.network, self.num_classes, self.in_chans)
        try:
            model.load_state_dict(dict(self.state))
        except RuntimeError as error:
            raise UserError(f"the weights do not fit {self.network}\n  {error}") from None
        return model.eval()


def write_weights(
    path: Path, state: Mapping[str, torch.Tensor], network: Network, about: About | None = None
) -> None:
    """A file, whole or absent, that `read_weights` and timm's `checkpoint_path` take."""
    metadata = {"format": "pt", "network": str(network), "key": network.key}
    metadata |= {"about": json.dumps(asdict(about))} if about else {}
    write_whole(path, save(dict(state), metadata))


def portable(tensor: torch.Tensor) -> torch.Tensor:
    """A copy as safetensors takes it: on the CPU, of no other layout, and no memory shared."""
    return tensor.detach().to("cpu", copy=True, memory_format=torch.contiguous_format)


def read_weights(path: Path) -> Weights:
    """What `write_weights` wrote.

    Raises:
        UserError: there is no such file, or it is no safetensors file that names its network, has a stem, and
            says in its own way what its inputs are.
    """
    try:
        with safe_open(path, framework="pt") as file:
            metadata = file.metadata() or {}
            state = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except (OSError, SafetensorError) as error:
        raise UserError(f"weights: a safetensors file is needed; got {path}: {error}") from None
    if "network" not in metadata:
        raise UserError(
            f"weights: a file that names its network is needed; {path} does not\n"
            "  `python -m moat_lab.train` and `python -m moat_lab.models.import_checkpoint` write such files"
        )
    if _STEM not in state or state[_STEM].ndim < 2:
        raise UserError(f"weights: a file with the weights of all layers is needed; {path} has no {_STEM}")
    network = to_network(metadata["network"])
    return Weights(network=network, state=state, about=_about(metadata.get("about"), path))


def official(network: Network, in_chans: int = 3) -> About:
    """What the official networks see: pixels scaled to [-1, 1]."""
    half = (0.5,) * in_chans
    return About(resolution=network.resolution, mean=half, deviation=half)


def _about(text: str | None, path: Path) -> About | None:
    if text is None:
        return None
    try:
        return _ABOUT.validate_json(_readable_json(text))
    except ValidationError as error:
        problem = error.errors()[0]
        field = ".".join(map(str, ("about", *problem["loc"])))
        raise UserError(
            f"weights: a file that says what its inputs are is needed; got {path}, {field}: "
            f"{problem['msg']}\n"
            "  write it anew with `python -m moat_lab.train`"
        ) from None


def _readable_json(text: str) -> str:
    """The same, without the halves of characters by which a name that is no UTF-8 was once written.

    What is no JSON is given back as it is.
    """
    try:
        return json.dumps(_readable_in(json.loads(text)))
    except (ValueError, RecursionError):
        return text


def _readable_in(value: Any) -> Any:
    if isinstance(value, dict):
        return {readable(name): _readable_in(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_readable_in(item) for item in value]
    return readable(value) if isinstance(value, str) else value


_ABOUT = TypeAdapter(About)
