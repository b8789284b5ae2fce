"""Images a second of training: ours, a plain eager loop, and the bare step; alternating, medians.

- plain: DataLoader over tensors, contiguous format, the C library's default allocator, torch's own AdamW.
- bare: forward, backward and optimiser step on one batch that is ready, with our settings.

Each runs in a process of its own, because an allocator's setting cannot be taken back.

    python benchmarks/proxy.py [--device cuda]
"""

import argparse
import statistics
import subprocess
import sys
import time
from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch.utils.data import DataLoader, Dataset
from torchvision import transforms

from moat_lab import build
from moat_lab.device import processor
from moat_lab.grammar import to_network
from moat_lab.train import load_recipe
from moat_lab.train.epochs import epoch_runner
from moat_lab.train.images import load_images
from moat_lab.train.memory import keep_freed_memory
from moat_lab.train.resident import Resident
from moat_lab.train.trainer import Trainer, fresh_model

RECIPE = "digits"
NETWORK = "stem(16, stride=1) | 1x mbconv @16(stride=1) | 2x mbconv+attn @32 | 2x mbconv+attn @64 for 16px"
KINDS = ("ours", "plain", "bare")
IMAGES = 2_000
ROUNDS = 5


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--kind", choices=KINDS)
    given = parser.parse_args()
    if given.kind:
        print(rate(given.kind, given.device))
        return
    rates: dict[str, list[float]] = {kind: [] for kind in KINDS}
    for _ in range(ROUNDS):
        for kind in KINDS:
            command = [sys.executable, __file__, "--kind", kind, "--device", given.device]
            done = subprocess.run(command, capture_output=True, text=True, check=True)
            rates[kind].append(float(done.stdout.splitlines()[-1]))
    on = torch.cuda.get_device_name() if given.device.startswith("cuda") else f"{processor()}, one thread"
    print(f"{on}; digits recipe, batch {load_recipe(RECIPE).batch}; median of {ROUNDS} alternating rounds")
    medians = {kind: statistics.median(values) for kind, values in rates.items()}
    for kind, median in medians.items():
        print(f"{kind:6} {median:8.0f} images/s   {[round(value) for value in rates[kind]]}")
    for other in ("plain", "bare"):
        print(f"ours / {other}: {medians['ours'] / medians[other]:.2f}")


def rate(kind: str, device: str) -> float:
    """Images a second, after a fifth as many for warm-up."""
    torch.set_num_threads(1)
    torch.manual_seed(0)
    epoch = {"ours": ours, "plain": plain, "bare": bare}[kind](device)
    timed(epoch, IMAGES // 5, device)
    seconds, seen = timed(epoch, IMAGES, device)
    return seen / seconds


def timed(epoch: Callable[[], int], images: int, device: str) -> tuple[float, int]:
    """Seconds and images of enough epochs."""
    seen, start = 0, time.perf_counter()
    while seen < images:
        seen += epoch()
    if device.startswith("cuda"):
        torch.cuda.synchronize()
    return time.perf_counter() - start, seen


def ours(device: str) -> Callable[[], int]:
    """The trainer as studies use it."""
    keep_freed_memory()
    recipe = load_recipe(RECIPE)
    images, _ = load_images(recipe, device)
    trainer = Trainer(fresh_model(to_network(NETWORK), recipe, 0, device), recipe)
    epoch = epoch_runner(trainer, images, [torch.Generator().manual_seed(0)])
    return lambda: len(list(epoch(0))) * recipe.batch


def bare(device: str) -> Callable[[], int]:
    """The trainer's model and optimiser on one batch: nothing is loaded, augmented or scheduled."""
    keep_freed_memory()
    recipe = load_recipe(RECIPE)
    images, _ = load_images(recipe, device)
    trainer = Trainer(fresh_model(to_network(NETWORK), recipe, 0, device), recipe)
    batch, labels = next(images.batches(recipe.batch, recipe.augmentation, torch.Generator()))

    def epoch() -> int:
        trainer.model.train()
        for _ in range(recipe.steps_per_epoch):
            loss = F.cross_entropy(trainer.model(batch), labels, label_smoothing=recipe.label_smoothing)
            trainer.optimizer.zero_grad(set_to_none=True)
            loss.backward()
            trainer.optimizer.step()
        return recipe.steps_per_epoch * recipe.batch

    return epoch


def plain(device: str) -> Callable[[], int]:
    """What one writes first: DataLoader, random shift per image, contiguous tensors."""
    recipe = load_recipe(RECIPE)
    images, _ = load_images(recipe, "cpu")
    assert isinstance(images, Resident)
    loader = DataLoader(
        Shifted(images, recipe.augmentation.shift), recipe.batch, shuffle=True, drop_last=True
    )
    model = build(NETWORK, 10, 1).to(device)
    optimizer = torch.optim.AdamW(
        model.parameters(), lr=recipe.learning_rate, weight_decay=recipe.weight_decay
    )

    def epoch() -> int:
        model.train()
        for x, y in loader:
            loss = F.cross_entropy(model(x.to(device)), y.to(device), label_smoothing=recipe.label_smoothing)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        return recipe.steps_per_epoch * recipe.batch

    return epoch


class Shifted(Dataset[tuple[torch.Tensor, torch.Tensor]]):
    """Images one by one, each normalised and moved by whole pixels as torchvision does it."""

    def __init__(self, images: Resident, shift: int) -> None:
        self.images, self.labels = images.images, images.labels
        self.transform = transforms.Compose(
            [
                transforms.RandomCrop(images.images.shape[-1], padding=shift),
                transforms.ConvertImageDtype(torch.float32),
                transforms.Normalize(images.mean.flatten() / 255, images.deviation.flatten() / 255),
            ]
        )

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, index: int) -> tuple[torch.Tensor, torch.Tensor]:
        return self.transform(self.images[index]), self.labels[index]


if __name__ == "__main__":
    main()
