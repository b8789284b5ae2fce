"""Image trees and slow sources, and a cache folder of each test's own."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch) -> Path:
    folder = tmp_path / "cache"
    monkeypatch.setenv("MOAT_LAB_CACHE", str(folder))
    return folder


@pytest.fixture
def tree(tmp_path):
    """Makes a tree of noise: `tree("train/cat", "train/dog", each=3)` gives its root."""

    def made(*folders: str, each: int = 3, root: str = "photos") -> Path:
        rng = np.random.default_rng(0)
        for folder in folders:
            here = tmp_path / root / folder
            here.mkdir(parents=True)
            for number in range(each):
                pixels = rng.integers(0, 256, (24, 32, 3), dtype=np.uint8)
                Image.fromarray(pixels).save(here / f"{number:03}.{'jpg' if number % 2 else 'png'}")
        return tmp_path / root

    return made
