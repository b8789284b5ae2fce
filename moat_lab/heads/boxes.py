"""What heads that find things have in common: their maps, and their cost with a stated number of boxes."""

from __future__ import annotations

from collections.abc import Mapping

from moat_lab.errors import UserError
from moat_lab.heads.count_cache import cached_count
from moat_lab.heads.counter import count_on_maps, forward_counts
from moat_lab.ops import Count, Head, Shape


def chosen_maps(kind: str, channels: Mapping[int, int], finest: int) -> dict[int, int]:
    """Stride -> position, of the maps from stride `finest` on; raises UserError where there is none."""
    chosen = {stride: at for at, stride in enumerate(channels) if stride >= finest}
    if not chosen:
        raise UserError(
            f"head {kind}: a map at stride {finest} or more is needed; the network has maps at "
            f"{', '.join(map(str, channels))}\n  take a network with more stages, or a smaller `finest`"
        )
    return chosen


@cached_count
def counted_boxes(head: Head, maps: tuple[tuple[int, Shape], ...], classes: int, _image: Shape) -> Count:
    """Parameters, MACs and activations on the maps of one image, with `head.boxes` boxes in it.

    Which boxes there are depends on the image: every layer runs once, on maps or on so many boxes, on
    tensors without memory.
    """
    from moat_lab.ops.modules.detector import EveryLayer

    boxes = getattr(head, "boxes", 0)
    return count_on_maps(
        head, maps, classes, lambda module, inputs: forward_counts(EveryLayer(module, boxes), inputs)
    )
