"""Making images beside training on them: milliseconds of a fresh batch, and of a training step; medians.

Both in one process on one thread, in turn. Batches are warm: cut-outs of every size have been made once.

    python benchmarks/scenes.py [--data scenes:pair] [--resolutions 24,64,128]
"""

import argparse
import statistics
import time
from collections.abc import Iterator

import torch

from moat_lab.device import processor
from moat_lab.grammar import to_network
from moat_lab.train import load_recipe
from moat_lab.train.batches import Batch
from moat_lab.train.images import load_images
from moat_lab.train.memory import keep_freed_memory
from moat_lab.train.recipe import Recipe
from moat_lab.train.trainer import Trainer, fresh_model

SMALL = "stem(16, stride=1) | 1x mbconv @16(stride=1) | 2x mbconv+attn @32 | 2x mbconv+attn @64"
LARGE = "stem(16) | 1x mbconv @16 | 2x mbconv+attn @32 | 2x mbconv+attn @64"
"""At 64 px and more: the stem and the first stage halve the map, or attention would take most of a step."""
WARM_UP, STEPS = 60, 12


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", default="scenes:pair")
    parser.add_argument("--resolutions", default="24,64,128")
    given = parser.parse_args()
    torch.set_num_threads(1)
    keep_freed_memory()
    batch = load_recipe("scenes_pair").batch
    print(f"{processor()}, one thread; {given.data}, batch {batch}; median of {STEPS}")
    for resolution in map(int, given.resolutions.split(",")):
        changes = {"data": given.data, "resolution": resolution, "val": 100}
        print(line(load_recipe("scenes_pair").model_copy(update=changes)))


def line(recipe: Recipe) -> str:
    """What a resolution took."""
    images, _ = load_images(recipe, "cpu")
    text = f"{SMALL if recipe.resolution < 64 else LARGE} for {recipe.resolution}px"
    trainer = Trainer(fresh_model(to_network(text), recipe, 0, "cpu").train(), recipe)
    order = torch.Generator().manual_seed(0)
    for _ in range(WARM_UP // recipe.steps_per_epoch + 1):
        for _ in images.batches(recipe.batch, recipe.augmentation, order):
            pass
    making, training = [], []
    for seconds, (x, y) in timed(images.batches(recipe.batch, recipe.augmentation, order)):
        making.append(seconds)
        start = time.perf_counter()
        trainer.step(x, y)
        training.append(time.perf_counter() - start)
        if len(training) == STEPS + 1:
            break
    made, trained = (statistics.median(of[1:]) for of in (making, training))
    return (
        f"{recipe.resolution:4} px   making {1e3 * made:6.2f} ms   step {1e3 * trained:7.1f} ms   "
        f"{100 * made / trained:4.1f} %"
    )


def timed(batches: Iterator[Batch]) -> Iterator[tuple[float, Batch]]:
    """Each batch, and the seconds that it took."""
    while True:
        start = time.perf_counter()
        batch = next(batches)
        yield time.perf_counter() - start, batch


if __name__ == "__main__":
    main()
