"""Networks of the paper beside timm's hybrids of about their size: inference and training step.

GMACs a second is how well a network uses the machine. Models alternate; medians of rounds.

    python benchmarks/model.py                       tiny_moat_0 and its neighbours, float32
    python benchmarks/model.py --all --device cuda --batch 64 --precision bfloat16 [--compile]
    python benchmarks/model.py --profile             which operations a CPU's time goes to
"""

import argparse
import statistics
import time
from collections import Counter
from collections.abc import Callable, Mapping

import timm
import torch
import torch.nn.functional as F
from torch import nn
from torch.profiler import ProfilerActivity, profile
from torch.utils.flop_counter import FlopCounterMode

import moat_lab.models  # noqa: F401  registers the ZOO
from moat_lab.device import processor
from moat_lab.train.memory import keep_freed_memory

NEIGHBOURS = {"tiny_moat_0": 224, "coatnet_nano_rw_224": 224, "maxvit_pico_rw_256": 256}
PAPER = {
    **{f"tiny_moat_{size}": 224 for size in range(4)},
    **{f"moat_{size}": 224 for size in range(3)},
    **dict.fromkeys(("coatnet_nano_rw_224", "coatnet_0_rw_224", "coatnet_1_rw_224"), 224),
    **dict.fromkeys(("maxvit_tiny_tf_224", "maxvit_small_tf_224", "convnext_tiny", "convnext_small"), 224),
}
ROUNDS = 5
Step = Callable[[nn.Module, torch.Tensor], None]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--precision", default="float32", choices=["float32", "bfloat16"])
    parser.add_argument("--all", action="store_true", help="the paper's networks up to moat_2")
    parser.add_argument("--compile", action="store_true", help="with torch.compile; minutes")
    parser.add_argument("--profile", action="store_true", help="shares of a CPU's time in place of rates")
    given = parser.parse_args()
    keep_freed_memory()
    gpu = given.device.startswith("cuda")
    on = torch.cuda.get_device_name() if gpu else f"{processor()}, {torch.get_num_threads()} threads"
    how = f"{given.precision}{', compiled' if given.compile else ''}, channels_last, batch {given.batch}"
    print(f"{on}, torch {torch.__version__}, {how}")
    sides = PAPER if given.all else NEIGHBOURS
    models = {name: timm.create_model(name).to(memory_format=torch.channels_last) for name in sides}
    for model in models.values() if given.compile else ():
        model.compile()
    if given.profile:
        print_shares(models, sides, given.batch)
        return
    gmacs = {name: counted(name, side) for name, side in sides.items()}
    autocast = torch.autocast(torch.device(given.device).type, torch.bfloat16, given.precision == "bfloat16")
    for title, step in (("inference", infer), ("training step", train)):
        rates: dict[str, list[float]] = {name: [] for name in sides}
        for number in range(ROUNDS + 1):
            for name, side in sides.items():
                images = torch.randn(given.batch, 3, side, side, device=given.device)
                images = images.contiguous(memory_format=torch.channels_last)
                models[name].to(given.device).train(step is train)
                with autocast:
                    found = rate(step, models[name], images, times=10 if gpu and number else 1)
                rates[name].append(found)
        for name in sides:
            median = statistics.median(rates[name][1:])
            print(
                f"{title:14} {name:20} {gmacs[name]:6.3f} GMACs {median:9.1f} images/s "
                f"{median * gmacs[name]:8.1f} GMACs/s",
                flush=True,
            )


def print_shares(models: Mapping[str, nn.Module], sides: Mapping[str, int], batch: int) -> None:
    """The operations that take most of a CPU's time, by their shares of it."""
    for name, side in sides.items():
        images = torch.randn(batch, 3, side, side).contiguous(memory_format=torch.channels_last)
        for title, step in (("inference", infer), ("training step", train)):
            step(models[name].train(step is train), images)
            with profile(activities=[ProfilerActivity.CPU], record_shapes=True) as seen:
                step(models[name], images)
            times: Counter[str] = Counter()
            for event in seen.key_averages(group_by_input_shape=True):
                times[kind_of(event.key, event.input_shapes)] += event.self_cpu_time_total
            shares = [f"{kind} {100 * us / times.total():.0f} %" for kind, us in times.most_common(9)]
            print(f"{title:14} {name:20} {', '.join(shares)}", flush=True)


def kind_of(operation: str, shapes: list[list[int]]) -> str:
    """What an operation is called in a list: convolutions by their kernel, others by torch's name."""
    maps = [shape for shape in shapes if len(shape) == 4]
    if "conv" not in operation or len(maps) < 2:
        return operation.removeprefix("aten::")
    _, chans, side, _ = maps[2 if "backward" in operation else 1]
    kernel = f"{side}x{side} depthwise" if chans == 1 else f"{side}x{side}"
    return f"{kernel} convolution{' backward' if 'backward' in operation else ''}"


def counted(name: str, side: int) -> float:
    """Billions of multiply-accumulates for an image, by torch's own counter."""
    with torch.device("meta"), FlopCounterMode(display=False) as counter:
        timm.create_model(name).eval()(torch.empty(1, 3, side, side))
    return float(counter.get_total_flops()) / 2e9


def rate(step: Step, model: nn.Module, images: torch.Tensor, *, times: int) -> float:
    """Images a second."""
    start = time.perf_counter()
    for _ in range(times):
        step(model, images)
    if images.is_cuda:
        torch.cuda.synchronize()
    return times * len(images) / (time.perf_counter() - start)


def infer(model: nn.Module, images: torch.Tensor) -> None:
    with torch.inference_mode():
        model(images)


def train(model: nn.Module, images: torch.Tensor) -> None:
    scores = model(images)
    F.cross_entropy(scores, torch.zeros(len(images), dtype=torch.long, device=images.device)).backward()
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.grad is not None:
                parameter.add_(parameter.grad, alpha=-1e-4)
            parameter.grad = None


if __name__ == "__main__":
    main()
