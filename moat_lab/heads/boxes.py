"""What heads that find things have in common: their maps, and their cost with a stated number of boxes."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Protocol

from moat_lab.errors import UserError
from moat_lab.heads.counter import forward_counts
from moat_lab.ops import Count, Head, Shape

if TYPE_CHECKING:
    from torch import nn


class BoxHead(Protocol):
    """A head that can say on how many boxes its regional layers run."""

    @property
    def boxes(self) -> int:
        """Of an image: proposals that are classified; 0 where there are none."""

    def build(self, channels: Mapping[int, int], classes: int) -> nn.Module: ...


def chosen_maps(kind: str, channels: Mapping[int, int], finest: int) -> dict[int, int]:
    """Stride -> position, of the maps from stride `finest` on; raises UserError where there is none."""
    chosen = {stride: at for at, stride in enumerate(channels) if stride >= finest}
    if not chosen:
        raise UserError(
            f"head {kind}: a map at stride {finest} or more is needed; the network has maps at "
            f"{', '.join(map(str, channels))}\n  take a network with more stages, or a smaller `finest`"
        )
    return chosen


@lru_cache(maxsize=1 << 12)
def counted_boxes(head: Head, maps: tuple[tuple[int, Shape], ...], classes: int) -> Count:
    """Parameters, MACs and activations on the maps of one image, with `head.boxes` boxes in it.

    Which boxes there are depends on the image: every layer runs once, on maps or on so many boxes, on
    tensors without memory.
    """
    import torch

    from moat_lab.ops.modules.detector import EveryLayer

    with torch.device("meta"):
        module = head.build({stride: shape.channels for stride, shape in maps}, classes).eval()
        inputs = [torch.empty(1, each.channels, each.height, each.width) for _, each in maps]
        macs, activations = forward_counts(EveryLayer(module, getattr(head, "boxes", 0)), inputs)
    parameters = sum(weight.numel() for weight in module.parameters() if weight.requires_grad)
    return Count(parameters, macs, activations)
