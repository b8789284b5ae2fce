"""tiny_moat_0 at 224 px beside timm's hybrids of about its size: inference and training step.

Images a second times GMACs is how well a network uses the machine; models alternate, medians.

    python benchmarks/model.py [--device cuda] [--batch 8]
"""

import argparse
import statistics
import time

import timm
import torch
import torch.nn.functional as F
from torch import nn

import moat_lab.models  # noqa: F401  registers tiny_moat_0
from moat_lab.cost.measure import fvcore_counts, processor
from moat_lab.proxy.allocator import keep_freed_memory

MODELS = {"tiny_moat_0": 224, "coatnet_nano_rw_224": 224, "maxvit_pico_rw_256": 256}
ROUNDS = 5


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--batch", type=int, default=8)
    given = parser.parse_args()
    keep_freed_memory()
    on = torch.cuda.get_device_name() if given.device.startswith("cuda") else processor()
    print(f"{on}, {torch.get_num_threads()} threads, float32, channels_last, batch {given.batch}")
    models = {name: timm.create_model(name) for name in MODELS}
    gmacs = {name: fvcore_counts(models[name], (side, side))[0] / 1e9 for name, side in MODELS.items()}
    for title, step in (("inference", infer), ("training step", train)):
        rates: dict[str, list[float]] = {name: [] for name in MODELS}
        for _ in range(ROUNDS + 1):
            for name, side in MODELS.items():
                images = torch.randn(given.batch, 3, side, side, device=given.device)
                rates[name].append(rate(step, models[name].to(given.device), images))
        used = {name: statistics.median(values[1:]) * gmacs[name] for name, values in rates.items()}
        for name in MODELS:
            median = statistics.median(rates[name][1:])
            ratio = used["tiny_moat_0"] / used[name]
            print(
                f"{title:14} {name:20} {gmacs[name]:.3f} GMACs  {median:8.1f} images/s  "
                f"{used[name]:7.1f} GMACs/s  tiny_moat_0 is {ratio:.2f} times this"
            )


def rate(step, model: nn.Module, images: torch.Tensor) -> float:
    """Images a second of one call."""
    model = model.to(memory_format=torch.channels_last)
    images = images.contiguous(memory_format=torch.channels_last)
    start = time.perf_counter()
    step(model, images)
    if images.is_cuda:
        torch.cuda.synchronize()
    return len(images) / (time.perf_counter() - start)


def infer(model: nn.Module, images: torch.Tensor) -> None:
    with torch.inference_mode():
        model.eval()(images)


def train(model: nn.Module, images: torch.Tensor) -> None:
    scores = model.train()(images)
    F.cross_entropy(scores, torch.zeros(len(images), dtype=torch.long, device=images.device)).backward()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter -= 1e-4 * parameter.grad
            parameter.grad = None


if __name__ == "__main__":
    main()
