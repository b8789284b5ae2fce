"""What each choice of a recipe is worth on a device: images a second of training, and a GPU's peak memory.

- share: our training (augmented, scheduled, deterministic) beside the bare step, which is forward, backward
  and update on one batch that is ready, with torch's settings as they are.
- choices: the same training with one thing changed; alternating rounds, medians.
- together: four seeds as one model beside one seed, images a second of all, and how far their losses
  are from those one by one.

    python benchmarks/device.py [--device cuda] [--quick] [--compile]
"""

import argparse
import statistics
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
import torch.nn.functional as F

from moat_lab.device import processor
from moat_lab.grammar import to_network
from moat_lab.numerics import deterministic
from moat_lab.train import Augmentation, Recipe
from moat_lab.train.batches import Images
from moat_lab.train.epochs import epoch_runner
from moat_lab.train.images import load_images
from moat_lab.train.memory import keep_freed_memory, peak_bytes, release_memory, start_peak
from moat_lab.train.run import derived
from moat_lab.train.stacked import Stack, stacked_batches, stacked_clip, stacked_loss
from moat_lab.train.trainer import Trainer, fresh_model

HYBRID = "stem(16, stride=1) | 1x mbconv @16(stride=1) | 2x mbconv+attn @32 | 2x mbconv+attn @64 for 16px"
SEEDS = (0, 1, 2, 3)
ROUNDS = 3
Epoch = Callable[[], int]
"""Trains for a while, and gives the number of images that it showed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A network, and how it is trained; an epoch has `images` images."""

    name: str
    text: str
    resolution: int
    batch: int
    images: int

    @property
    def recipe(self) -> Recipe:
        return Recipe(
            data="digits" if self.resolution == 16 else "relations",
            resolution=self.resolution,
            train=self.images,
            val=10,
            epochs=1000,
            batch=self.batch,
            learning_rate=1e-4,
            label_smoothing=0.1,
            augmentation=Augmentation(crop=0.5, flip=True),
        )


CASES = (
    Case(name="hybrid", text=HYBRID, resolution=16, batch=50, images=1500),
    Case(name="tiny_moat_0", text="tiny_moat_0", resolution=128, batch=128, images=4096),
    Case(name="coatnet_0", text="coatnet_0", resolution=128, batch=128, images=4096),
)
QUICK = (
    Case(name="hybrid", text=HYBRID, resolution=16, batch=50, images=300),
    Case(name="tiny_moat_0", text="tiny_moat_0", resolution=64, batch=16, images=32),
    Case(name="deit_tiny", text="deit_tiny", resolution=64, batch=16, images=32),
)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--quick", action="store_true", help="smaller networks and fewer images, for a CPU")
    parser.add_argument("--compile", action="store_true", help="with torch.compile too; minutes each")
    given = parser.parse_args()
    torch.set_num_threads(1)
    keep_freed_memory()
    warnings.filterwarnings("ignore", message=".*batching rule for aten::as_strided_")
    gpu = given.device.startswith("cuda")
    on = torch.cuda.get_device_name(given.device) if gpu else f"{processor()}, one thread; no GPU"
    print(f"{on}; torch {torch.__version__}; median of {ROUNDS} alternating rounds")
    for case in QUICK if given.quick else CASES:
        print(f"\n{case.name} at {case.resolution} px, batch {case.batch}")
        show_choices(choices(case, given.device, compiled=given.compile), given.device)
        with deterministic(given.device):
            show_together(case, given.device)


def choices(case: Case, device: str, *, compiled: bool) -> dict[str, Callable[[], Epoch]]:
    """What is compared with `ours`, by name; each is made when its turn comes."""
    on_gpu = device.startswith("cuda")

    def with_(**changes: object) -> Callable[[], Epoch]:
        return lambda: ours(case, case.recipe.model_copy(update=changes), device)

    made = {
        "ours": with_(),
        "bare step": lambda: bare(case, device),
        "bfloat16": with_(precision="bfloat16"),
        "channels not last": with_(memory_format="contiguous"),
        "optimiser not fused": lambda: ours(case, case.recipe, device, fused=False),
    }
    if on_gpu:
        made["float16"] = with_(precision="float16")
        made["augmented on CPU"] = lambda: ours(case, case.recipe, device, images_on="cpu")
    if compiled:
        made["compile"] = with_(compile="default")
        made["compile, graphs"] = with_(compile="reduce-overhead")
    return made


def show_choices(made: dict[str, Callable[[], Epoch]], device: str) -> None:
    peaks = {name: peak_of(make, device) for name, make in made.items()}
    epochs = {name: make() for name, make in made.items()}
    for epoch in epochs.values():
        warm(epoch)  # after all are made: to make a compiled one forgets those before
    rates = [{name: rate(epoch, device) for name, epoch in epochs.items()} for _ in range(ROUNDS)]
    medians = {name: statistics.median(round_[name] for round_ in rates) for name in made}
    for name, median in medians.items():
        peak = f"   peak {bytes_ / 2**20:8,.0f} MiB" if (bytes_ := peaks[name]) else ""
        print(f"  {name:20} {median:9,.1f} images/s   {median / medians['ours']:5.2f} of ours{peak}")
    print(f"  ours / bare step: {medians['ours'] / medians['bare step']:.2f}")


def peak_of(make: Callable[[], Epoch], device: str) -> int | None:
    """Of one epoch, with nothing else on the device; None on a CPU."""
    if not device.startswith("cuda"):
        return None
    release_memory()
    start_peak(device)
    warm(make())
    return peak_bytes(device)


def show_together(case: Case, device: str) -> None:
    """Four seeds at once beside one alone."""
    recipe = case.recipe
    one, four = warm(ours(case, recipe, device)), warm(together(case, device))
    rates = [(rate(one, device), rate(four, device)) for _ in range(ROUNDS)]
    alone, stacked = (statistics.median(values) for values in zip(*rates, strict=True))
    print(
        f"  {len(SEEDS)} seeds together  {stacked:9,.1f} images/s   {stacked / alone:5.2f} of one by one; "
        f"losses within {difference(case, device):.0e}"
    )


def difference(case: Case, device: str) -> float:
    """Largest relative difference between the losses of seeds together and alone, in their first steps."""
    images, _ = load_images(case.recipe, device)
    stack, order = stacked_trainer(case, device), orders()
    batches = zip(
        range(5), stacked_batches(images, case.recipe.batch, case.recipe.augmentation, order), strict=False
    )
    found = torch.stack([stack.step(x, y) for _, (x, y) in batches])
    worst = 0.0
    for i, seed in enumerate(SEEDS):
        model = fresh_model(to_network(case.text), case.recipe, seed, device).train()
        trainer = Trainer(model, case.recipe)
        own = images.batches(case.batch, case.recipe.augmentation, orders()[i])
        first = zip(range(len(found)), own, strict=False)
        expected = torch.stack([trainer.step(x, y) for _, (x, y) in first])
        worst = max(worst, float(((found[:, i] - expected) / expected).abs().max()))
    return worst


def ours(
    case: Case, recipe: Recipe, device: str, *, fused: bool = True, images_on: str | None = None
) -> Epoch:
    """The trainer as studies use it."""
    images, _ = load_images(recipe, images_on or device)
    trainer = Trainer(fresh_model(to_network(case.text), recipe, 0, device), recipe)
    for group in trainer.optimizer.param_groups:
        group.update({} if fused else {"fused": False, "foreach": True})
    order = torch.Generator().manual_seed(0)
    steps = epoch_runner(trainer, images, [order])

    @deterministic(device)
    def epoch() -> int:
        if images_on is None:
            return len(list(steps(0))) * recipe.batch
        trainer.model.train()
        for x, y in images.batches(recipe.batch, recipe.augmentation, order):
            trainer.step(x.to(device), y.to(device))
        return recipe.steps_per_epoch * recipe.batch

    return epoch


def bare(case: Case, device: str) -> Epoch:
    """The same model and optimiser on one batch: nothing is loaded, augmented, scheduled or deterministic."""
    recipe = case.recipe
    images, _ = load_images(recipe, device)
    trainer = Trainer(fresh_model(to_network(case.text), recipe, 0, device).train(), recipe)
    x, y = next(images.batches(recipe.batch, recipe.augmentation, torch.Generator()))

    def epoch() -> int:
        for _ in range(recipe.steps_per_epoch):
            loss = F.cross_entropy(trainer.model(x), y, label_smoothing=recipe.label_smoothing)
            trainer.optimizer.zero_grad(set_to_none=True)
            loss.backward()
            trainer.optimizer.step()
        return recipe.steps_per_epoch * recipe.batch

    return epoch


def together(case: Case, device: str) -> Epoch:
    """Four seeds as one model, each with its own images."""
    images: Images = load_images(case.recipe, device)[0]
    trainer, order = stacked_trainer(case, device), orders()

    def epoch() -> int:
        for x, y in stacked_batches(images, case.recipe.batch, case.recipe.augmentation, order):
            trainer.step(x, y)
        return len(SEEDS) * case.recipe.steps_per_epoch * case.batch

    return epoch


def stacked_trainer(case: Case, device: str) -> Trainer:
    models = [fresh_model(to_network(case.text), case.recipe, seed, device).train() for seed in SEEDS]
    return Trainer(Stack(models), case.recipe, loss=stacked_loss, clip=stacked_clip)


def orders() -> list[torch.Generator]:
    return [torch.Generator().manual_seed(derived(seed, "order")) for seed in SEEDS]


def warm(epoch: Epoch) -> Epoch:
    epoch()
    return epoch


def rate(epoch: Epoch, device: str) -> float:
    """Images a second."""
    with synchronised(device):
        start = time.perf_counter()
        seen = epoch()
    return seen / (time.perf_counter() - start)


@contextmanager
def synchronised(device: str) -> Iterator[None]:
    """The device has nothing left to do before, nor after."""
    if device.startswith("cuda"):
        torch.cuda.synchronize(device)
    yield
    if device.startswith("cuda"):
        torch.cuda.synchronize(device)


if __name__ == "__main__":
    main()
