"""Images a second from JPEG files: ours beside torchvision's ImageFolder + DataLoader; alternating, medians.

Both give uint8 batches of squares of the same resolution, in order, with the same number of decoders.

- first pass, ours: listing, decoding into the cache, and all batches from it.
- first pass, theirs: listing, starting the workers, and all batches. Resize, CenterCrop and PILToTensor.
- later passes: all batches once more, with what is warm: our cache is mapped, their workers are alive.

Each round runs in a process of its own.

    python benchmarks/data.py [--images 2000] [--resolution 128]
"""

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from importlib.metadata import version
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch.utils.data import DataLoader
from torchvision import transforms
from torchvision.datasets import ImageFolder

from moat_lab.data import dataset
from moat_lab.device import decoders, processor
from moat_lab.train.provenance import commit

KINDS = ("ours", "torchvision")
CLASSES, BATCH, ROUNDS, LATER = 10, 100, 5, 3
SIZE = (400, 300)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--images", type=int, default=2000)
    parser.add_argument("--resolution", type=int, default=128)
    parser.add_argument("--kind", choices=KINDS)
    parser.add_argument("--folder", type=Path)
    given = parser.parse_args()
    if given.kind:
        print(json.dumps(rates(given.kind, given.folder, given.resolution)))
        return
    with tempfile.TemporaryDirectory() as folder:
        make_images(Path(folder), given.images)
        print(header(Path(folder), given.images, given.resolution))
        report(Path(folder), given.resolution)


def make_images(folder: Path, count: int) -> None:
    """JPEGs of smooth shapes with some noise, about as large as photographs of their size."""
    rng = np.random.default_rng(0)
    for number in range(count):
        path = folder / f"{number % CLASSES}" / f"{number:05}.jpg"
        path.parent.mkdir(exist_ok=True)
        coarse = Image.fromarray(rng.integers(0, 256, (30, 40, 3), dtype=np.uint8))
        smooth = np.asarray(coarse.resize(SIZE, Image.Resampling.BICUBIC), dtype=np.int16)
        noise = rng.integers(-8, 9, smooth.shape, dtype=np.int16)
        Image.fromarray((smooth + noise).clip(0, 255).astype(np.uint8)).save(path, quality=85)


def header(folder: Path, count: int, resolution: int) -> str:
    kilobytes = sum(path.stat().st_size for path in folder.rglob("*.jpg")) / count / 1000
    used = ", ".join(f"{name} {version(name)}" for name in ("torch", "torchvision", "pillow"))
    return "\n".join(
        [
            f"{processor()}, {os.cpu_count()} cores; Python {platform.python_version()}, {used}, {commit()}",
            f"{count} JPEGs of {SIZE[0]}x{SIZE[1]}, {kilobytes:.0f} kB each, to {resolution} px; "
            f"{decoders()} decoders; median of {ROUNDS} alternating rounds",
        ]
    )


def report(folder: Path, resolution: int) -> None:
    found: dict[str, list[tuple[float, float]]] = {kind: [] for kind in KINDS}
    for _ in range(ROUNDS):
        for kind in KINDS:
            command = [sys.executable, __file__, "--kind", kind, "--folder", str(folder)]
            command += ["--resolution", str(resolution)]
            done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
            found[kind].append(json.loads(done.stdout.splitlines()[-1]))
    for at, name in enumerate(("first pass", "later passes")):
        medians = {kind: statistics.median(rates[at] for rates in found[kind]) for kind in KINDS}
        for kind in KINDS:
            print(
                f"{name:12}  {kind:11} {medians[kind]:9.0f} images/s   {[round(r[at]) for r in found[kind]]}"
            )
        print(f"{name:12}  ours / torchvision: {medians['ours'] / medians['torchvision']:.2f}")


def rates(kind: str, folder: Path, resolution: int) -> tuple[float, float]:
    """Images a second of the first pass, and of the later ones."""
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as cache:
        os.environ["MOAT_LAB_CACHE"] = cache
        start = time.perf_counter()
        passes = {"ours": ours, "torchvision": theirs}[kind](folder, resolution)
        first = images_in(passes()) / (time.perf_counter() - start)
        later = []
        for _ in range(LATER):
            start = time.perf_counter()
            later.append(images_in(passes()) / (time.perf_counter() - start))
    return first, statistics.median(later)


def images_in(batches: Iterator[torch.Tensor]) -> int:
    """How many there are; a byte of each is looked at, so that all memory was there."""
    count, total = 0, 0
    for batch in batches:
        count, total = count + len(batch), total + int(batch.contiguous().view(-1)[::4096].sum())
    assert total > 0
    return count


def ours(folder: Path, resolution: int) -> Callable[[], Iterator[torch.Tensor]]:
    """The cache, as training reads it on a CPU: random places of the map, copied into a batch."""
    pixels, _ = dataset(f"imagefolder:{folder}").images(resolution)
    images = torch.from_numpy(np.asarray(pixels))

    def batches() -> Iterator[torch.Tensor]:
        for chosen in torch.arange(len(images)).split(BATCH):
            yield images[chosen]

    return batches


def theirs(folder: Path, resolution: int) -> Callable[[], Iterator[torch.Tensor]]:
    """What one writes first."""
    steps = [transforms.Resize(resolution), transforms.CenterCrop(resolution), transforms.PILToTensor()]
    loader = DataLoader(
        ImageFolder(folder, transforms.Compose(steps)),
        batch_size=BATCH,
        num_workers=decoders(),
        persistent_workers=True,
    )
    return lambda: (images for images, _ in loader)


if __name__ == "__main__":
    main()
