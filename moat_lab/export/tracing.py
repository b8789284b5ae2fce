"""A model as a program of torch.export, and how far outputs are apart."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import deepcopy
from typing import Any

import torch
from torch import nn
from torch.export import Dim, ExportedProgram
from torch.fx import GraphModule

from moat_lab.errors import UserError
from moat_lab.export.subject import Subject

MOST_APART = 1e-4
"""How far the outputs of what was written may be from the model's own."""
BATCHES = (1, 3)
"""Two sizes with which what was written is compared: one that was not traced, and the smallest."""


def program(of: Subject) -> ExportedProgram:
    """The model for any batch of images of the subject's sides, or of any sides in its steps."""
    if not of.step:
        return _traced(_still(of), of.images(2), {})
    in_steps = nn.Sequential(Cut(of.step), Joined(), _still(of))
    return _traced(in_steps, of.images(2, larger=1), _open_sides(of))


def cut(of: Subject) -> ExportedProgram:
    """What comes before `joined_program`: images as steps."""
    return _traced(Cut(of.step), of.images(2, larger=1), _open_sides(of))


def joined_program(of: Subject) -> ExportedProgram:
    """The model for any batch of images that are cut into steps, and any number of those."""
    steps = Cut(of.step)(of.images(2, larger=1))
    return _traced(
        nn.Sequential(Joined(), _still(of)), steps, {2: Dim("rows", min=2), 4: Dim("columns", min=2)}
    )


def _open_sides(of: Subject) -> dict[int, Any]:
    return {2: of.step * Dim("height", min=2), 3: of.step * Dim("width", min=2)}


def _still(of: Subject) -> nn.Module:
    # Without gradients: attention's kernel, and with it the layout of its output, depends on them, and
    # what is traced would not be what is decomposed.
    return deepcopy(of.model).requires_grad_(False).eval()


def _traced(model: nn.Module, images: torch.Tensor, dims: dict[int, Any]) -> ExportedProgram:
    dims = {0: Dim("batch", min=1)} | dims
    written = torch.export.export(model.eval(), (images,), dynamic_shapes=(dims,))
    _forget_places(written)
    return written


class Cut(nn.Module):
    """(N, C, H, W) -> (N, C, H / step, step, W / step, step).

    Fails where a side is no multiple, wherever it runs: ONNX cannot say such a thing of its inputs.
    """

    def __init__(self, step: int) -> None:
        super().__init__()
        self.step = step

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        cut: torch.Tensor = x.unflatten(3, (-1, self.step)).unflatten(2, (-1, self.step))
        return cut


class Joined(nn.Module):
    """The inverse of `Cut`."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x.flatten(4, 5).flatten(2, 3)


def _forget_places(traced: ExportedProgram) -> None:
    """Leaves out where each operator stands in the sources: paths of this machine, half of a small file."""
    for module in traced.graph_module.modules():
        if isinstance(module, GraphModule):
            for node in module.graph.nodes:
                node.meta.pop("stack_trace", None)


@torch.inference_mode()
def largest_difference(of: Subject, outputs: Callable[[torch.Tensor], Any]) -> float:
    """Between the model's outputs and others, over random images in batches of two sizes.

    Raises:
        UserError: they are further apart than 1e-4, or shapes differ, or one is not a number.
    """
    images = [of.images(batch, larger=batch) for batch in BATCHES]
    both = [(_tensors(of.model(some)), _tensors(outputs(some))) for some in images]
    if any(len(ours) != len(theirs) for ours, theirs in both):
        raise UserError(f"what is exported gives other outputs for {of.model.network}; nothing is kept")
    pairs = [pair for ours, theirs in both for pair in zip(ours, theirs, strict=True)]
    if any(ours.shape != theirs.shape for ours, theirs in pairs):
        raise UserError(f"what is exported gives other shapes for {of.model.network}; nothing is kept")
    apart = max((float((ours - theirs).abs().max()) for ours, theirs in pairs if ours.numel()), default=0.0)
    if not apart <= MOST_APART:
        raise UserError(
            f"what is exported has to give the model's outputs within {MOST_APART}; got {apart:.2g} for "
            f"{of.model.network}\n  nothing is kept"
        )
    return apart


def _tensors(outputs: Any) -> list[torch.Tensor]:
    """Of a network's outputs: one, several maps, or what a detector found in each image."""
    if isinstance(outputs, torch.Tensor):
        return [outputs]
    if isinstance(outputs, Mapping):
        return [tensor for image in outputs["found"] for tensor in image.values()]
    return list(outputs)
