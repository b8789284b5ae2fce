"""What an image shows, thing by thing."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from moat_lab.data.labelled_images import Images


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Thing:
    """One that can be seen.

    Args:
        kind: its number among the cut-outs' names.
        mask: (H, W) where it is, as far as nothing covers it.
        box: top, left, bottom and right of the mask, the last two excluded.
    """

    kind: int
    mask: NDArray[np.bool_]
    box: tuple[int, int, int, int]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Scene:
    """An image (C, H, W), the answer to its question, and what it shows in the order of drawing."""

    image: Images
    label: int
    things: tuple[Thing, ...]
