"""Handwritten digits: 1,797 real scans of 8x8 pixels, on disk wherever scikit-learn is."""

from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from moat_lab.data.labelled_images import Dataset, Images, Labels, require_resolution

SIDE = 8
BRIGHTEST = 16


@lru_cache(maxsize=1)  # a study asks for the same at each of its trainings
def scans(resolution: int) -> tuple[Images, Labels]:
    """Every scan, resized bilinearly.

    Returns:
        (1797, 1, resolution, resolution) uint8, ink bright on black; (1797,) int64, the digit.

    Raises:
        UserError: the resolution is below the scans' own 8 pixels.
    """
    require_resolution("digits", resolution, least=SIDE)
    rows = np.loadtxt(_table(), delimiter=",")
    grey = np.rint(rows[:, :-1] * (255 / BRIGHTEST)).astype(np.uint8).reshape(-1, SIDE, SIDE)
    return _resized(grey, resolution)[:, None], rows[:, -1].astype(np.int64)


def _table() -> Path:
    """The file that `sklearn.datasets.load_digits` reads, after 1.7 s of imports in each process."""
    spec = find_spec("sklearn")
    assert spec
    assert spec.origin
    return Path(spec.origin).parent / "datasets" / "data" / "digits.csv.gz"


def _resized(grey: NDArray[np.uint8], resolution: int) -> NDArray[np.uint8]:
    # Pillow resizes 8-bit images in fixed point: the same bytes on every machine.
    from PIL import Image

    size = (resolution, resolution)
    return np.stack(
        [np.asarray(Image.fromarray(scan).resize(size, Image.Resampling.BILINEAR)) for scan in grey]
    )


DATASET = Dataset(
    in_chans=1,
    num_classes=10,
    size=1797,
    source="Alpaydin and Kaynak 1998, UCI Optical Recognition of Handwritten Digits, test part",
    images=scans,
)
