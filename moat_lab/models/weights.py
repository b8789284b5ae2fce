"""A trained network as one safetensors file, which says itself what it is.

The header's metadata are texts: `format` ("pt"), `network` (canonical text), `key`, `about`, JSON of what its
inputs and outputs mean, and `head`, JSON of the head and its outputs where it is not the linear one.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Annotated, Any

import torch
from annotated_types import Ge, Gt, Le
from pydantic import TypeAdapter, ValidationError
from safetensors import SafetensorError, safe_open
from safetensors.torch import save

from moat_lab.errors import UserError, readable
from moat_lab.files import check_regular, write_atomically
from moat_lab.grammar import Network, to_network
from moat_lab.grammar.network import MAX_RESOLUTION
from moat_lab.heads import head_content, parsed_head
from moat_lab.models.headed import BACKBONE, HeadedModel, built
from moat_lab.models.model import Model
from moat_lab.models.weights_header import (
    STEM,
    Header,
    TensorEntry,
    check_ends,
    check_header,
    in_chans,
    num_classes,
)
from moat_lab.ops import Head, InputSpec, input_spec

CLASSES = "classes"
"""Beside the options of a head: how many outputs it has."""
WEIGHTS = "weights.safetensors"
"""The file's name in a training's folder."""


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What a network's inputs and outputs mean.

    Args:
        resolution: side of the images it was trained on, pixels.
        mean: of each channel, of pixels in [0, 1]; `deviation` likewise. Images are normalised with both.
        classes: names of the classes, in order of the logits; empty where they have none.
        scores: fractions on val by name, the main one first; empty if none was measured.
        trained_by: the command; empty if unknown.
    """

    resolution: Annotated[int, Ge(1), Le(MAX_RESOLUTION)]
    mean: tuple[Annotated[float, Ge(-1000), Le(1000)], ...]
    deviation: tuple[Annotated[float, Gt(0), Le(1000)], ...]
    classes: tuple[str, ...] = ()
    scores: Mapping[str, Annotated[float, Ge(0), Le(1)]] = field(default_factory=dict)
    trained_by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """A network with its weights; `about` is None in files that hold none, as imported ones."""

    network: Network
    state: Mapping[str, torch.Tensor]
    about: About | None
    inputs: InputSpec
    """At the design resolution."""

    @property
    def num_classes(self) -> int:
        """0 where there is no classifier."""
        return self.inputs.classes

    @property
    def in_chans(self) -> int:
        return self.inputs.in_chans

    def model(self) -> Model | HeadedModel:
        """The network with these weights, in eval mode.

        Raises:
            UserError: the weights are those of another network.
        """
        model = built(self.network, self.inputs)
        try:
            model.load_state_dict(dict(self.state))
        except RuntimeError as error:
            raise UserError(f"the weights do not fit {self.network}\n  {error}") from None
        return model.eval()


def write_weights(
    path: Path,
    state: Mapping[str, torch.Tensor],
    network: Network,
    about: About | None = None,
    inputs: InputSpec | None = None,
) -> None:
    """Writes, atomically, a file that `read_weights` takes, and without a head timm's `checkpoint_path`.

    Args:
        inputs: needed where they name a head.
    """
    metadata = {"format": "pt", "network": str(network), "key": network.key}
    metadata |= {"about": json.dumps(asdict(about))} if about else {}
    if inputs and inputs.head:
        metadata["head"] = json.dumps(head_content(inputs.head) | {CLASSES: inputs.classes})
    write_atomically(path, save(dict(state), metadata))


def portable(tensor: torch.Tensor) -> torch.Tensor:
    """A copy as safetensors takes it: on the CPU, of no other layout, and no memory shared."""
    return tensor.detach().to("cpu", copy=True, memory_format=torch.contiguous_format)


def read_weights(path: Path) -> Weights:
    """What `write_weights` wrote.

    Raises:
        UserError: there is no such file, or it is no safetensors file that names its network, has all of its
            weights, finite ones, and says in its own way what its inputs are.
    """
    try:
        check_regular(path)
        with safe_open(path, framework="pt") as file:
            header, metadata = _header(file), file.metadata() or {}
            network, about, inputs = _checked(header, metadata, path)
            state = {name: file.get_tensor(name) for name in header}
    except (OSError, SafetensorError) as error:
        raise UserError(f"weights: a safetensors file is needed; got {path}: {error}") from None
    check_finite_state(state, path)
    return Weights(network=network, state=state, about=about, inputs=inputs)


def check_finite_state(state: Mapping[str, torch.Tensor], path: Path) -> None:
    """Raises UserError where a weight of the file is infinite or not a number."""
    for name, tensor in state.items():
        if not torch.isfinite(tensor).all():
            raise UserError(f"weights: finite numbers are needed; got others as {name} in {path}")


def _header(file: Any) -> Header:
    slices = {name: file.get_slice(name) for name in file.keys()}  # noqa: SIM118
    return {
        name: TensorEntry(shape=tuple(of.get_shape()), kind=of.get_dtype()) for name, of in slices.items()
    }


def _checked(
    header: Header, metadata: Mapping[str, str], path: Path
) -> tuple[Network, About | None, InputSpec]:
    """The network whose weights the file holds, what its inputs mean, and which they are."""
    if "network" not in metadata:
        raise UserError(
            f"weights: a file that names its network is needed; {path} does not\n"
            "  `python -m moat_lab train` and `python -m moat_lab import-checkpoint` write such files"
        )
    head, classes = _head(metadata.get("head"), path)
    stem = f"{BACKBONE}{STEM}" if head else STEM
    if stem not in header:
        raise UserError(f"weights: a file with the weights of all layers is needed; {path} has no {stem}")
    about = _about(metadata.get("about"), path)
    try:
        check_ends(header, stem)
        network = to_network(metadata["network"])
        classes = classes if head else num_classes(header)
        inputs = input_spec(network.resolution, in_chans=in_chans(header, stem), classes=classes, head=head)
        check_header(header, network, inputs)
        _check_about(about, inputs.classes, inputs.in_chans)
    except UserError as error:
        raise UserError(f"weights: {path}: {error}") from None
    return network, about, inputs


def _head(text: str | None, path: Path) -> tuple[Head | None, int]:
    """The head that the file names, if any, and how many outputs it has."""
    if text is None:
        return None, 0
    try:
        content = json.loads(text)
        return parsed_head({name: v for name, v in content.items() if name != CLASSES}), int(content[CLASSES])
    except (AttributeError, LookupError, RecursionError, TypeError, ValueError) as error:
        raise UserError(
            f"weights: a file that says what its head is is needed; got {path}: {error}"
        ) from None


def _check_about(about: About | None, classes: int, channels: int) -> None:
    """Raises UserError unless each channel has a mean and a deviation, and each logit a class."""
    if about is None:
        return
    for what, got in (("means", len(about.mean)), ("deviations", len(about.deviation))):
        if got != channels:
            raise UserError(f"as many {what} as channels are needed; got {got} for {channels}")
    if about.classes and len(about.classes) != classes:
        raise UserError(f"as many classes as logits are needed; got {len(about.classes)} for {classes}")


def official_preprocessing(network: Network, in_chans: int = 3) -> About:
    """What the official networks see: pixels scaled to [-1, 1]."""
    half = (0.5,) * in_chans
    return About(resolution=network.resolution, mean=half, deviation=half)


def _about(text: str | None, path: Path) -> About | None:
    if text is None:
        return None
    try:
        return _ABOUT.validate_json(_current_json(text))
    except ValidationError as error:
        problem = error.errors()[0]
        field = ".".join(map(str, ("about", *problem["loc"])))
        raise UserError(
            f"weights: a file that says what its inputs are is needed; got {path}, {field}: "
            f"{problem['msg']}\n"
            "  write it anew with `python -m moat_lab train`"
        ) from None


def _current_json(text: str) -> str:
    """The same as it is written now: names in UTF-8, and the score in a mapping.

    A text that is no JSON stays as it is.
    """
    try:
        about = _readable_in(json.loads(text))
    except (ValueError, RecursionError):
        return text
    if isinstance(about, dict) and "top1" in about:
        top1 = about.pop("top1")
        about["scores"] = {} if top1 is None else {"top1": top1}
    return json.dumps(about)


def _readable_in(value: Any) -> Any:
    if isinstance(value, dict):
        return {readable(name): _readable_in(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_readable_in(item) for item in value]
    return readable(value) if isinstance(value, str) else value


_ABOUT = TypeAdapter(About)
