"""Do early looks tell more with a moving average of the weights, or with a rate that stays?

python -m benchmarks.early_looks [--table table_tiny] [--networks 40] [--seeds 3] [--workers 2]

The best networks of a recorded table are trained once more by each variant of its recipe, with new seeds.
Printed is Kendall's tau of their means at each look with the table's means at the end: what successive
halving could know at a rung. Up to a look, a rate that stays is one that stays and then falls.
"""

from __future__ import annotations

import argparse
import multiprocessing
from collections.abc import Mapping
from functools import partial
from typing import Any

import pandas as pd

import moat_lab
from moat_lab.analysis.correlation import rank_correlation
from moat_lab.lookup import STUDY, find_file
from moat_lab.study.study_spec import load_study
from moat_lab.train import Recipe, evaluate

VARIANTS: Mapping[str, Mapping[str, Any]] = {
    "as it is": {},
    "average 0.95": {"ema": 0.95},
    "constant, average 0.95": {"ema": 0.95, "schedule": "constant"},
}
FIRST_SEED = 100
"""None of the table's."""


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--table", default="table_tiny")
    parser.add_argument("--networks", type=int, default=40)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--workers", type=int, default=2)
    given = parser.parse_args()
    recipe = load_study(find_file(STUDY, given.table)).recipe
    print(
        f"{given.table}: tau [95 %] with the means of the table, of its best {given.networks} networks, "
        f"{given.seeds} new seeds each"
    )
    rows = moat_lab.table(given.table).groupby(["key", "network"])["top1"].mean().reset_index()
    best = rows.nlargest(given.networks, "top1")
    seeds = range(FIRST_SEED, FIRST_SEED + given.seeds)
    with multiprocessing.get_context("spawn").Pool(given.workers) as pool:
        for name, changes in VARIANTS.items():
            changed = recipe.model_copy(update=dict(changes))
            runs = [(network, seed) for network in best["network"] for seed in seeds]
            curves = pool.starmap(partial(curve, recipe=changed), runs, chunksize=1)
            points = pd.DataFrame(curves, index=pd.MultiIndex.from_tuples(runs, names=["network", "seed"]))
            looks = points.groupby("network", sort=False).mean()
            taus = (rank_correlation(looks[epoch], best["top1"]) for epoch in looks)
            said = [
                f"{epoch}: {tau.mean:.2f} [{tau.low:.2f}, {tau.high:.2f}]"
                for epoch, tau in zip(looks, taus, strict=True)
            ]
            print(f"{name}: epoch {', '.join(said)}", flush=True)


def curve(network: str, seed: int, recipe: Recipe) -> dict[int, float]:
    """Epoch -> score of one training."""
    import torch

    torch.set_num_threads(1)
    return {point.epoch: point.score for point in evaluate(network, recipe, seed).curve}


if __name__ == "__main__":
    main()
