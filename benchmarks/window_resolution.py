"""MACs, time and peak memory of tiny_moat_0 with global attention and with windows, as images grow.

Each network runs in a process of its own, forked before torch has computed anything: one thread, batch 1.
Peak memory is what the process holds at most above what it held before its first pass: activations,
attention's tables, the runtime's buffers.

    python benchmarks/window_resolution.py [--repeats 5]
"""

import argparse
import resource
import statistics
import time
from collections.abc import Iterator
from multiprocessing import get_context

import torch

from moat_lab import ZOO, build, cost
from moat_lab.device import processor
from moat_lab.report.markdown import markdown_table
from moat_lab.report.units import si

GLOBAL = str(ZOO["tiny_moat_0"])
WINDOWS = GLOBAL.replace("attn @128", "attn(window=14) @128").replace("attn @256", "attn(window=7) @256")
NETWORKS = {"global": GLOBAL, "windows 14, 7": WINDOWS}
SIDES = (128, 256, 512, 1024)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--repeats", type=int, default=5)
    given = parser.parse_args()
    print(f"{processor()}, one thread; tiny_moat_0, batch 1, float32; median of {given.repeats} passes\n")
    titles = ["px", "attention", "MACs", "time, ms", "peak memory, MB"]
    print(markdown_table("rlrrr", titles, rows(given.repeats)))


def rows(repeats: int) -> Iterator[list[str]]:
    """One for each side and kind of attention."""
    for side in SIDES:
        for kind, text in NETWORKS.items():
            with get_context("fork").Pool(1) as process:
                found = process.apply(measured, (kind, side, repeats))
            macs = si(cost(text, resolution=side).macs)
            yield [str(side), kind, macs, f"{found['ms']:.0f}", f"{found['mb']:.0f}"]


def measured(kind: str, side: int, repeats: int) -> dict[str, float]:
    """Milliseconds of a pass, and megabytes above those before the first one."""
    torch.set_num_threads(1)
    torch.manual_seed(0)
    model = build(NETWORKS[kind]).eval().to(memory_format=torch.channels_last)
    images = torch.randn(1, 3, side, side).contiguous(memory_format=torch.channels_last)
    before, times = peak_mb(), []
    with torch.inference_mode():
        for _ in range(repeats + 1):
            start = time.perf_counter()
            model(images)
            times.append(1000 * (time.perf_counter() - start))
    return {"ms": statistics.median(times[1:]), "mb": peak_mb() - before}


def peak_mb() -> float:
    """The most memory that this process has held."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()
