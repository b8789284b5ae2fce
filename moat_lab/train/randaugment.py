"""RandAugment on a batch: each image draws its own operations; each operation runs once for all its images.

Source: Cubuk et al. 2019, arXiv 1909.13719; the operations and their magnitudes are torchvision's.
"""

from __future__ import annotations

from collections.abc import Callable
from math import atan, degrees

import torch
from torchvision.transforms.v2 import functional as tv

BINS = 31
"""Magnitudes are 0 to 30."""
OPERATIONS = 2
"""Done to each image, one after the other."""
Change = Callable[[torch.Tensor, float], torch.Tensor]
"""(uint8 images, how much of the most, from -1 to 1) -> the images changed."""


def randaugmented(images: torch.Tensor, magnitude: int, codes: torch.Tensor) -> torch.Tensor:
    """uint8 (N, 1 or 3, H, W) -> the same, every image changed by operations of its own.

    torchvision makes small tensors on the images' device, so that some of the operations wait for it.

    Args:
        codes: (OPERATIONS, N) on the CPU: 2 i does CHANGES[i], and 2 i + 1 its opposite where there is one.
    """
    for chosen in codes:
        images = _changed(images, chosen, magnitude / (BINS - 1))
    return images


def _changed(images: torch.Tensor, chosen: torch.Tensor, amount: float) -> torch.Tensor:
    """Each image changed by the operation of its code."""
    images = images.clone()
    for code in chosen.unique().tolist():
        which = (chosen == code).nonzero()[:, 0].to(images.device, non_blocking=True)
        change = list(CHANGES.values())[code // 2]
        images[which] = change(images[which], -amount if code % 2 else amount)
    return images


def _sheared(images: torch.Tensor, across: float, down: float) -> torch.Tensor:
    shear = [degrees(atan(across)), degrees(atan(down))]
    return _affine(images, [0, 0], shear, center=[0, 0])


def _moved(images: torch.Tensor, across: float, down: float) -> torch.Tensor:
    pixels = [int(across * images.shape[-1]), int(down * images.shape[-2])]
    return _affine(images, pixels, [0.0, 0.0])


def _affine(
    images: torch.Tensor, translate: list[int], shear: list[float], center: list[float] | None = None
) -> torch.Tensor:
    changed: torch.Tensor = tv.affine(
        images, angle=0.0, translate=translate, scale=1.0, shear=shear, center=center
    )
    return changed


CHANGES: dict[str, Change] = {
    "Identity": lambda images, _: images,
    "ShearX": lambda images, amount: _sheared(images, 0.3 * amount, 0),
    "ShearY": lambda images, amount: _sheared(images, 0, 0.3 * amount),
    "TranslateX": lambda images, amount: _moved(images, 150 / 331 * amount, 0),
    "TranslateY": lambda images, amount: _moved(images, 0, 150 / 331 * amount),
    "Rotate": lambda images, amount: tv.rotate(images, 30 * amount),
    "Brightness": lambda images, amount: tv.adjust_brightness(images, 1 + 0.9 * amount),
    "Color": lambda images, amount: tv.adjust_saturation(images, 1 + 0.9 * amount),
    "Contrast": lambda images, amount: tv.adjust_contrast(images, 1 + 0.9 * amount),
    "Sharpness": lambda images, amount: tv.adjust_sharpness(images, 1 + 0.9 * amount),
    "Posterize": lambda images, amount: tv.posterize(images, 8 - round(4 * abs(amount))),
    "Solarize": lambda images, amount: tv.solarize(images, 255 * (1 - abs(amount))),
    "AutoContrast": lambda images, _: tv.autocontrast(images),
    "Equalize": lambda images, _: tv.equalize(images),
}
"""By torchvision's names."""
