"""The least that a rung can cost on the recorded table, whoever promotes.

python benchmarks/rungs.py [--repeats 60]

A rung trains n networks, drawn at random, to an epoch, and of these some to the end, one after the other,
until 95 % of the table's hypervolume: the best by rank and crowding first, or as one would who knew the end.
"""

from __future__ import annotations

import argparse
import statistics

import numpy as np
from scipy.stats import kendalltau

import moat_lab
from benchmarks.samplers import REFERENCES, SHARE
from moat_lab.analysis.frontier import hypervolume, nondominated_order

EPOCHS, REFERENCE = 27, REFERENCES["table_tiny"]
NUMBERS = (60, 80, 100, 140, 216)
Ends = np.ndarray
"""(N, 2) losses at the last epoch."""


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--repeats", type=int, default=60)
    repeats = parser.parse_args().repeats
    table = moat_lab.table("table_tiny").groupby("key", sort=False).mean(numeric_only=True)
    ends = np.column_stack([-table["top1"], table["macs"]])
    good = table["top1"] > -REFERENCE[0]
    drawn = {
        n: [np.random.default_rng(seed).permutation(len(ends))[:n] for seed in range(repeats)]
        for n in NUMBERS
    }
    known = {n: [needed(greedy(some, ends), ends) for some in drawn[n]] for n in NUMBERS}
    print(f"{repeats} repeats; median trainings with n networks at the rung: by rank / by who knows the end")
    for epoch in (3, 6, 9, 12, 18):
        scores = table[f"top1_epoch_{epoch}"]
        tau = kendalltau(scores[good], table["top1"][good])[0]
        early = np.column_stack([-scores, table["macs"]])
        said = []
        for n in NUMBERS:
            ranked = [needed(some[nondominated_order(early[some])].tolist(), ends) for some in drawn[n]]
            said.append(f"n={n} {trainings(n, epoch, ranked)} / {trainings(n, epoch, known[n])}")
        print(f"epoch {epoch:2}, tau among the good {tau:.2f}: {', '.join(said)}", flush=True)


def trainings(n: int, epoch: int, promoted: list[float]) -> str:
    """Median in all, in full trainings; infinite where the n networks do not hold enough."""
    rest = (EPOCHS - epoch) / EPOCHS * statistics.median(promoted)
    return f"{n * epoch / EPOCHS + rest:.0f}"


def needed(ordered: list[int], ends: Ends) -> float:
    """How many of the first dominate the goal."""
    goal = SHARE * hypervolume(ends, REFERENCE)
    for count in range(1, len(ordered) + 1):
        if hypervolume(ends[ordered[:count]], REFERENCE) >= goal:
            return count
    return float("inf")


def greedy(some: np.ndarray, ends: Ends, most: int = 12) -> list[int]:
    """Each time the one that adds most in truth; twelve dominate nearly all that there is."""
    chosen: list[int] = []
    left = [int(i) for i in some]
    for _ in range(most):
        chosen.append(max(left, key=lambda i: hypervolume(ends[[*chosen, i]], REFERENCE)))
        left.remove(chosen[-1])
    return chosen


if __name__ == "__main__":
    main()
