"""One file = one score of a network before any training: higher is taken to be better.

A score is a function of a model, normalised images (N, C, H, W), their labels and the task. It works on a
copy, in which no path is dropped and norms see the batch, for before a training their running statistics say
nothing. Loading a file loads no torch, so that names can be checked without it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import moat_lab.train.scores as package
from moat_lab.discovery import members

if TYPE_CHECKING:
    import torch
    from torch import nn

    from moat_lab.tasks import Task

    Score = Callable[[nn.Module, torch.Tensor, torch.Tensor, Task], float]

SCORES: dict[str, Score] = members(package, "SCORE")
"""Name -> score, for every file here that defines one."""

__all__ = ["SCORES"]
