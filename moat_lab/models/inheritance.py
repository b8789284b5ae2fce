"""The weights that a model takes over from another one, name by name, as far as they fit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import torch
from timm.models._manipulate import adapt_input_conv
from torch import nn

from moat_lab.models.headed import BACKBONE, HeadedModel
from moat_lab.ops.modules.attention import TABLE, resized

HEAD, CLASSIFIER = "head.", "head.classifier."
_STEM = "stem.conv_0.weight"
_COUNTER = "num_batches_tracked"

How = Literal["taken", "resized", "other channels", "fresh"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Inheritance:
    """What became of each tensor of a model.

    Args:
        how: name -> whether it was taken as it is, is a position table that was resized, the first
            convolution summed or repeated for other channels, or keeps its fresh values.
        sizes: name -> numbers in it.
        unused: names that the source has and the model does not.
    """

    how: Mapping[str, How]
    sizes: Mapping[str, int]
    unused: tuple[str, ...]

    def named(self, how: How) -> list[str]:
        return [name for name, each in self.how.items() if each == how]

    @property
    def fresh_body(self) -> list[str]:
        """What keeps its fresh values before the head."""
        return [name for name in self.named("fresh") if not name.startswith(HEAD)]

    @property
    def share(self) -> float:
        """Of the model's numbers, those that are not fresh."""
        fresh = sum(self.sizes[name] for name in self.named("fresh"))
        return 1 - fresh / max(1, sum(self.sizes.values()))


def inherit(model: nn.Module, source: Mapping[str, torch.Tensor]) -> Inheritance:
    """Copies what fits of a state dict of ours into a model, and leaves the rest as it is.

    Names decide, and shapes: stages that two networks share keep their weights. Position tables of other
    windows or resolutions are resized (bilinear), a first convolution of other input channels is summed or
    repeated as timm does it. A network and a backbone with another head have the same names but for that.
    """
    own = {name: tensor for name, tensor in model.state_dict().items() if not name.endswith(_COUNTER)}
    given = _renamed(source, model)
    how: dict[str, How] = {}
    with torch.no_grad():
        for name, tensor in own.items():
            how[name], values = _values(name, tensor, given.get(name))
            if values is not None:
                tensor.copy_(values)
    unused = (name for name in given if name not in own and not name.endswith(_COUNTER))
    sizes = {name: tensor.numel() for name, tensor in own.items()}
    return Inheritance(how=how, sizes=sizes, unused=tuple(sorted(unused)))


def _renamed(source: Mapping[str, torch.Tensor], model: nn.Module) -> Mapping[str, torch.Tensor]:
    """The names as the model has them: those of a backbone begin with `backbone.` where it has a head."""
    headed = isinstance(model, HeadedModel)
    if headed == any(name.startswith(BACKBONE) for name in source):
        return source
    if headed:
        return {BACKBONE + name: tensor for name, tensor in source.items() if not name.startswith(HEAD)}
    return {name.removeprefix(BACKBONE): t for name, t in source.items() if name.startswith(BACKBONE)}


def _values(name: str, own: torch.Tensor, given: torch.Tensor | None) -> tuple[How, torch.Tensor | None]:
    if given is None:
        return "fresh", None
    if given.shape == own.shape:
        return "taken", given
    if name.endswith(TABLE) and given.ndim == 3 and given.shape[0] == own.shape[0]:
        return "resized", resized(given.float(), (own.shape[1], own.shape[2]))
    if name.endswith(_STEM) and given.ndim == 4 and given.shape[0] == own.shape[0]:
        return _of_other_channels(own, given)
    return "fresh", None


def _of_other_channels(own: torch.Tensor, given: torch.Tensor) -> tuple[How, torch.Tensor | None]:
    """The first convolution, (C, in_chans, kernel, kernel), for another number of input channels."""
    if given.shape[2:] != own.shape[2:]:
        return "fresh", None
    return "other channels", adapt_input_conv(own.shape[1], given, base_chans=given.shape[1])
