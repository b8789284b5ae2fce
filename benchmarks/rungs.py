"""The least that a rung can cost on the recorded table, whoever promotes.

python benchmarks/rungs.py [--repeats 60] [--inherited FOLDER]

A rung trains n networks, drawn at random, to an epoch, and of these some to the end, one after the other,
until 95 % of the table's hypervolume: the best by rank and crowding first, or as one would who knew the end.
With `--inherited`, where `moat-lab supernet table_tiny --epochs 120 --fine-tune 3 --results FOLDER` has been,
the rung is what networks score by shared weights, and after three epochs from there.
"""

from __future__ import annotations

import argparse
import statistics
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.stats import kendalltau

import moat_lab
from benchmarks.samplers import REFERENCES, SHARE
from moat_lab.analysis.frontier import hypervolume, nondominated_order

EPOCHS, REFERENCE = 27, REFERENCES["table_tiny"]
SHARED_EPOCHS, FINE_TUNE = 120, 3
NETWORKS_A_STEP = 4
"""Of the shared training: the largest, the smallest and two that are drawn."""
NUMBERS = (60, 80, 100, 140, 216)
Ends = np.ndarray
"""(N, 2) losses at the last epoch."""


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--repeats", type=int, default=60)
    parser.add_argument("--inherited", type=Path, help="the folder with table_tiny_supernet/inherited.csv")
    given = parser.parse_args()
    repeats = given.repeats
    table = moat_lab.table("table_tiny").groupby("key", sort=False).mean(numeric_only=True)
    ends = np.column_stack([-table["top1"], table["macs"]])
    good = table["top1"] > -REFERENCE[0]
    drawn = {
        n: [np.random.default_rng(seed).permutation(len(ends))[:n] for seed in range(repeats)]
        for n in NUMBERS
    }
    known = {n: [needed(greedy(some, ends), ends) for some in drawn[n]] for n in NUMBERS}
    print(f"{repeats} repeats; median trainings with n networks at the rung: by rank / by who knows the end")
    rungs = [(f"epoch {epoch:2}", table[f"top1_epoch_{epoch}"], cost(epoch)) for epoch in (3, 6, 9, 12, 18)]
    if given.inherited:
        rungs += inherited_rungs(given.inherited, table.index)
    for name, scores, of in rungs:
        tau = kendalltau(scores[good], table["top1"][good])[0]
        early = np.column_stack([-scores, table["macs"]])
        said = []
        for n in NUMBERS:
            ranked = [needed(some[nondominated_order(early[some])].tolist(), ends) for some in drawn[n]]
            said.append(f"n={n} {of.text(n, ranked)} / {of.text(n, known[n])}")
        print(f"{name}, tau among the good {tau:.2f}: {', '.join(said)}", flush=True)


@dataclass(frozen=True, kw_only=True)
class Cost:
    """Of a rung, in full trainings.

    Args:
        once: before the first network.
        each: of a network at the rung.
        rest: of a network that goes on to the end.
    """

    once: float = 0.0
    each: float
    rest: float

    def text(self, n: int, promoted: list[float]) -> str:
        """Median in all; infinite where the n networks do not hold enough."""
        return f"{self.once + n * self.each + self.rest * statistics.median(promoted):.0f}"


def cost(epoch: int) -> Cost:
    """Of a rung at an epoch: a network goes on from there."""
    return Cost(each=epoch / EPOCHS, rest=1 - epoch / EPOCHS)


def inherited_rungs(folder: Path, keys: pd.Index[str]) -> list[tuple[str, pd.Series[float], Cost]]:
    """By shared weights and after a few epochs more; a network then trains from its own fresh weights."""
    scores = pd.read_csv(folder / "table_tiny_supernet" / "inherited.csv", index_col="key").loc[keys]
    once = NETWORKS_A_STEP * SHARED_EPOCHS / EPOCHS
    return [
        ("shared weights", scores["inherited"], Cost(once=once, each=0, rest=1)),
        (f"{FINE_TUNE} epochs more", scores["fine_tuned"], Cost(once=once, each=FINE_TUNE / EPOCHS, rest=1)),
    ]


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
