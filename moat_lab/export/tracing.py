"""A model as a program of torch.export, and how far outputs are apart."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy

import torch
from torch.export import Dim, ExportedProgram
from torch.fx import GraphModule

from moat_lab.errors import UserError
from moat_lab.export.subject import Subject

MOST_APART = 1e-4
"""How far the outputs of what was written may be from the model's own."""
BATCHES = (1, 3)
"""Two sizes with which what was written is compared: one that was not traced, and the smallest."""


def program(of: Subject) -> ExportedProgram:
    """The model for any batch of images of the subject's sides.

    Height and width are fixed, for windows, padding and the resizing of position tables follow from them.
    """
    # Without gradients: attention's kernel, and with it the layout of its output, depends on them, and
    # what is traced would not be what is decomposed.
    model = deepcopy(of.model).requires_grad_(False).eval()
    traced = torch.export.export(model, (of.images(2),), dynamic_shapes=({0: Dim("batch", min=1)},))
    _forget_places(traced)
    return traced


def _forget_places(traced: ExportedProgram) -> None:
    """Leaves out where each operator stands in the sources: paths of this machine, half of a small file."""
    for module in traced.graph_module.modules():
        if isinstance(module, GraphModule):
            for node in module.graph.nodes:
                node.meta.pop("stack_trace", None)


@torch.inference_mode()
def largest_difference(of: Subject, outputs: Callable[[torch.Tensor], torch.Tensor]) -> float:
    """Between the model's outputs and others, over random images in batches of two sizes.

    Raises:
        UserError: they are further apart than 1e-4, or shapes differ, or one is not a number.
    """
    pairs = [(of.model(images), outputs(images)) for images in map(of.images, BATCHES)]
    if any(ours.shape != theirs.shape for ours, theirs in pairs):
        raise UserError(f"what is exported gives other shapes for {of.model.network}; nothing is kept")
    apart = max(float((ours - theirs).abs().max()) for ours, theirs in pairs if ours.numel())
    if not apart <= MOST_APART:
        raise UserError(
            f"what is exported has to give the model's outputs within {MOST_APART}; got {apart:.2g} for "
            f"{of.model.network}\n  nothing is kept"
        )
    return apart
