"""Batch normalisation folded into the convolutions beside it, outputs unchanged."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace
from itertools import pairwise
from typing import TypeVar

import torch
from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from moat_lab.export.subject import Subject
from moat_lab.export.tracing import largest_difference

Net = TypeVar("Net", bound=nn.Module)


def folded(of: Subject) -> tuple[Subject, int, int]:
    """The subject with norms folded into convolutions; how many were, of how many.

    Raises:
        UserError: the outputs are no longer the same within 1e-4.
    """
    model, done, norms = fold(of.model)
    largest_difference(of, model)
    return replace(of, model=model), done, norms


def fold(model: Net) -> tuple[Net, int, int]:
    """A copy in eval mode without the norms that a convolution can take over; how many, of how many.

    A norm goes into the convolution directly before it, else into a dense 1x1 convolution directly after it;
    a larger kernel pads, and what it pads is zero after the norm and not before.
    """
    folded = deepcopy(model).eval()
    norms = _count(folded)
    for chain in folded.modules():
        if isinstance(chain, nn.Sequential):
            _fold_chain(chain)
    return folded, norms - _count(folded), norms


def _fold_chain(chain: nn.Sequential) -> None:
    """Norms that are folded become identities, so that every other part keeps its name."""
    for (first, one), (second, other) in pairwise(list(chain.named_children())):
        # What was folded a step before is another module by now.
        one, other = getattr(chain, first), getattr(chain, second)
        if isinstance(one, nn.Conv2d) and isinstance(other, nn.BatchNorm2d):
            setattr(chain, first, fuse_conv_bn_eval(one, other))
            setattr(chain, second, nn.Identity())
        elif isinstance(one, nn.BatchNorm2d) and isinstance(other, nn.Conv2d) and _is_pointwise(other):
            setattr(chain, first, nn.Identity())
            setattr(chain, second, _after(one, other))


def _is_pointwise(conv: nn.Conv2d) -> bool:
    return conv.kernel_size == (1, 1) and conv.groups == 1


def _after(norm: nn.BatchNorm2d, conv: nn.Conv2d) -> nn.Conv2d:
    """The pointwise convolution of a normalised map, as one of the map itself."""
    assert norm.running_mean is not None
    assert norm.running_var is not None
    scale = norm.weight * torch.rsqrt(norm.running_var + norm.eps)
    shift = norm.bias - norm.running_mean * scale
    moved = conv.weight[:, :, 0, 0] @ shift
    fused = deepcopy(conv)
    fused.weight = nn.Parameter((conv.weight * scale[None, :, None, None]).detach())
    fused.bias = nn.Parameter((moved if conv.bias is None else conv.bias + moved).detach())
    return fused


def _count(model: nn.Module) -> int:
    return sum(isinstance(module, nn.BatchNorm2d) for module in model.modules())
