"""Weights and results of the official TensorFlow implementation.

Weights that are not stored are drawn by name, so that both sides made them alike.
"""

import json
from pathlib import Path
from zlib import crc32

import numpy as np

DATA = Path(__file__).parent / "data"
MICRO = (
    "stem(8, 8) | 1x mbconv(se=0.25) @8 | 2x mbconv(se=0.25) @16 | 2x mbconv+attn @32 | 1x mbconv+attn @64"
)
MICRO_WINDOWS = (
    "stem(8, 8) | 1x mbconv(se=0.25) @8(pool=3) | 2x mbconv(se=0.25) @16(pool=3) "
    "| 2x mbconv+attn(window=4x2, pos=14) @32(pool=3) | 1x mbconv+attn(window=2, pos=7) @64(pool=3)"
)
"""The downstream variant: windows with the tables of 224 pixels, shortcuts pooled 3x3."""


def stored(name: str) -> dict[str, np.ndarray]:
    with np.load(DATA / f"{name}.npz") as arrays:
        return dict(arrays)


def micro_weights() -> dict[str, np.ndarray]:
    return {n.removeprefix("w/"): x for n, x in stored("micro_96x64").items() if n.startswith("w/")}


def drawn_weights(name: str) -> dict[str, np.ndarray]:
    shapes = json.loads((DATA / f"{name}.vars.json").read_text())
    return {variable: _drawn(variable, tuple(shape)) for variable, shape in shapes.items()}


def images(seed: int, shape: tuple[int, ...]) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal(shape).astype(np.float32)


def _drawn(name: str, shape: tuple[int, ...]) -> np.ndarray:
    x = np.random.default_rng(crc32(name.encode())).standard_normal(shape)
    leaf = name.rsplit("/", 1)[1]
    scaled = {
        "gamma": lambda: 1 + 0.1 * x,
        "moving_variance": lambda: np.exp(0.2 * x),
        "beta": lambda: 0.1 * x,
        "bias": lambda: 0.1 * x,
        "moving_mean": lambda: 0.1 * x,
        "relative_position_embedding": lambda: 0.5 * x,
        "depthwise_kernel": lambda: x / 3,
        "weight": lambda: x / np.sqrt(shape[0] * shape[1] if "/o/" in name else shape[0]),
        "kernel": lambda: x / np.sqrt(np.prod(shape[:-1])),
    }
    return scaled[leaf]().astype(np.float32)
