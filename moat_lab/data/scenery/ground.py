"""Textured grounds: a pattern between two colours."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from hashlib import shake_256

import numpy as np
from numpy.typing import NDArray

from moat_lab.data.scenery.chance import Chance, Integers

PERIOD = 128
"""Pixels after which a texture repeats, at any resolution."""
BLURS = (1, 2, 4, 8)
"""Grain of the cloudy textures, pixels."""
WAVES = ((4, 0), (0, 4), (8, 8), (8, -8), (16, 4), (4, 16), (24, 0), (0, 24))
"""Of the striped textures: waves across and down in a period."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What the grounds are like, in levels of 255.

    Args:
        low: darkest grey of the first colour.
        high: brightest grey of it.
        tint: how far each of its channels may be from that grey.
        contrast: how far from it the second colour may be.
    """

    low: int
    high: int
    tint: int
    contrast: int


def grounds(chance: Chance, ground: Ground, resolution: int, channels: int) -> NDArray[np.uint16]:
    """Levels (N, C, resolution, resolution), each image with colours and a place of a texture of its own."""
    which, down, right = (chance.below(bound) for bound in (len(textures()), PERIOD, PERIOD))
    pattern = texture_views(resolution)[which, down, right][:, None].astype(np.uint16)
    grey = chance.between(ground.low, ground.high, 1)
    first = grey + chance.between(-ground.tint, ground.tint, channels)
    second = first + chance.between(-ground.contrast, ground.contrast, channels)
    one, other = (colour.clip(0, 255).astype(np.uint16)[..., None, None] for colour in (first, second))
    mixed: NDArray[np.uint16] = one * (255 - pattern) + other * pattern
    mixed += 255  # so that two equal colours give themselves
    mixed >>= 8
    return mixed


@lru_cache(maxsize=1)
def texture_views(side: int) -> NDArray[np.uint8]:
    """(T, PERIOD, PERIOD, side, side): a view of each texture from each of its places on."""
    beyond = ((0, 0), (0, side - 1), (0, side - 1))
    return np.lib.stride_tricks.sliding_window_view(
        np.pad(textures(), beyond, mode="wrap"), (side, side), axis=(1, 2)
    )


@lru_cache(maxsize=1)
def textures() -> NDArray[np.uint8]:
    """(T, PERIOD, PERIOD) levels from 0 to 255."""
    patterns = [*map(clouds, BLURS), *(stripes(*wave) for wave in WAVES)]
    mixtures = [cloud * 2 + stripe for cloud in patterns[: len(BLURS)] for stripe in patterns[len(BLURS) :]]
    return np.stack([stretched(pattern) for pattern in [*patterns, *mixtures]]).astype(np.uint8)


def clouds(grain: int) -> Integers:
    """Noise, averaged over squares of this side."""
    noise = np.frombuffer(shake_256(f"clouds/{grain}".encode()).digest(PERIOD**2), np.uint8)
    field = noise.reshape(PERIOD, PERIOD).astype(np.int64)
    for axis in (0, 1):
        field = np.sum([np.roll(field, step, axis) for step in range(grain)], axis=0)
    return stretched(field)


def stripes(across: int, down: int) -> Integers:
    """Triangle waves: so many in a period along each axis."""
    rows, columns = np.ogrid[:PERIOD, :PERIOD]
    phase = (across * columns + down * rows) * 256 // PERIOD % 256
    return stretched(np.abs(phase - 128))


def stretched(field: Integers) -> Integers:
    """From 0 to 255."""
    low, high = int(field.min()), int(field.max())
    stretched: Integers = (field - low) * 255 // (high - low)
    return stretched
