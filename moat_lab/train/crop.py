"""A random part of a whole image, chosen before it is decoded."""

from __future__ import annotations

import random
from math import exp, log, sqrt

from moat_lab.data.decode import Box, middle
from moat_lab.train.draws import RATIOS


def random_box(least: float, seed: int, width: int, height: int) -> Box:
    """A box whose area is uniform from `least` to all of the image's; with 1 the square in the middle.

    The ratio of its sides is uniform in its logarithm. A side longer than the image's is cut to it, where
    Szegedy et al. draw again.

    Source: Szegedy et al. 2014, arXiv 1409.4842, section 6.
    """
    if least >= 1:
        return middle(width, height)
    draw = random.Random(seed)
    area = draw.uniform(least, 1) * width * height
    ratio = exp(draw.uniform(log(RATIOS[0]), log(RATIOS[1])))
    across, down = min(width, sqrt(area * ratio)), min(height, sqrt(area / ratio))
    left, top = draw.random() * (width - across), draw.random() * (height - down)
    return left, top, left + across, top + down
