"""Labels that lie in their image, changed as the image is: flipped, shifted, cropped."""

from __future__ import annotations

from dataclasses import replace

import torch
import torch.nn.functional as F

from moat_lab.data.labelled_images import IGNORED
from moat_lab.data.objects import NOTHING, Objects
from moat_lab.train.augmentation import sampling_grid, within_image
from moat_lab.train.augmentation_draws import Draws
from moat_lab.train.batches import BatchLabels


def moved(labels: BatchLabels, draws: Draws) -> BatchLabels:
    """Labels of N images, changed as `changed` changes the images; classes stay as they are.

    What comes in at a border is of no known class. A thing that is moved out of the image is none any more.
    """
    if isinstance(labels, Objects):
        return _moved_objects(labels, draws)
    return labels if labels.ndim == 1 else _moved_maps(labels, draws, outside=IGNORED)


def _moved_maps(maps: torch.Tensor, draws: Draws, *, outside: int) -> torch.Tensor:
    """(N, H, W) of whole numbers; the nearest pixel, for there is nothing between two classes."""
    if draws.crop is not None:
        maps = _cropped(maps, draws.crop)
    if draws.scale is not None:
        maps = _scaled(maps, draws.scale, outside)
    if draws.shift is not None:
        maps = _shifted(maps, draws.shift, outside)
    if draws.flip is not None:
        maps = torch.where(draws.flip[:, None, None], maps.flip(-1), maps)
    return maps


def _cropped(maps: torch.Tensor, where: torch.Tensor) -> torch.Tensor:
    grid = sampling_grid(where, maps.shape[-2], maps.shape[-1])
    values = maps[:, None].float()
    nearest = F.grid_sample(values, grid, mode="nearest", padding_mode="border", align_corners=False)
    return nearest[:, 0].to(maps.dtype)


def _scaled(maps: torch.Tensor, where: torch.Tensor, outside: int) -> torch.Tensor:
    inside = within_image(sampling_grid(where, maps.shape[-2], maps.shape[-1]))
    return torch.where(inside, _cropped(maps, where), outside)


def _shifted(maps: torch.Tensor, moves: torch.Tensor, outside: int) -> torch.Tensor:
    height, width = maps.shape[-2:]
    rows = torch.arange(height, device=maps.device) - moves[0][:, None]
    columns = torch.arange(width, device=maps.device) - moves[1][:, None]
    inside = ((rows >= 0) & (rows < height))[:, :, None] & ((columns >= 0) & (columns < width))[:, None, :]
    which = torch.arange(len(maps), device=maps.device)[:, None, None]
    rows, columns = rows.clamp(0, height - 1)[:, :, None], columns.clamp(0, width - 1)[:, None, :]
    return torch.where(inside, maps[which, rows, columns], outside)


def _moved_objects(objects: Objects, draws: Draws) -> Objects:
    instances = _moved_maps(objects.instances, draws, outside=NOTHING)
    height, width = instances.shape[-2:]
    boxes = _moved_boxes(objects.boxes, draws, height, width)
    seen = (boxes[..., 2] - boxes[..., 0] >= 1) & (boxes[..., 3] - boxes[..., 1] >= 1)
    return replace(
        objects,
        classes=torch.where(seen, objects.classes, NOTHING),
        boxes=torch.where(seen[..., None], boxes, 0.0),
        instances=instances,
    )


def _moved_boxes(boxes: torch.Tensor, draws: Draws, height: int, width: int) -> torch.Tensor:
    """(N, M, 4) pixels, cut at the borders of the image."""
    x, y = boxes[..., 0::2], boxes[..., 1::2]
    for where in (draws.crop, draws.scale):
        if where is None:
            continue
        of_height, of_width, down, right = where[..., None, None]
        x = (((2 * x / width - 1 - right) / of_width + 1) * width / 2).clamp(0, width)
        y = (((2 * y / height - 1 - down) / of_height + 1) * height / 2).clamp(0, height)
    if draws.shift is not None:
        x, y = x + draws.shift[1][:, None, None], y + draws.shift[0][:, None, None]
    if draws.flip is not None:
        x = torch.where(draws.flip[:, None, None], width - x.flip(-1), x)
    x, y = x.clamp(0, width), y.clamp(0, height)
    return torch.stack([x[..., 0], y[..., 0], x[..., 1], y[..., 1]], dim=-1)
