"""Mixup and CutMix: images mixed in pairs, and their labels with them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch
from timm.data.mixup import Mixup

from moat_lab.train.recipe import Augmentation

Batch = tuple[torch.Tensor, torch.Tensor]


def mixed(
    images: torch.Tensor, labels: torch.Tensor, how: Augmentation, classes: int, seed: torch.Tensor | None
) -> Batch:
    """Images (N, C, H, W), which are overwritten, and labels (N,) -> images, and shares of classes (N, K).

    Where nothing is mixed, there is no seed, and the labels stay as they are. How much, and where, is the
    same for a whole batch. timm draws it from numpy's global generator, which is seeded here and then
    put back.

    Sources: Zhang et al. 2017, arXiv 1710.09412; Yun et al. 2019, arXiv 1905.04899.
    """
    if seed is None:
        return images, labels
    mix = Mixup(how.mixup, how.cutmix, label_smoothing=0.0, num_classes=classes)  # type: ignore[no-untyped-call]
    with _numpy_seeded(int(seed)):
        images, shares = mix(images, labels)
    return images, shares


@contextmanager
def _numpy_seeded(seed: int) -> Iterator[None]:
    before = np.random.get_state()
    np.random.seed(seed)
    try:
        yield
    finally:
        np.random.set_state(before)
