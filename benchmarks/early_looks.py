"""Do early looks tell more with a moving average of the weights, or with a rate that stays?

python -m benchmarks.early_looks [--table table_widths] [--networks 54] [--workers 2]

The best networks of a recorded table are trained once more by each variant of its recipe, with a new seed.
Printed is Kendall's tau of the scores at each look with the table's means at the end: what successive halving
could know at a rung.
"""

from __future__ import annotations

import argparse
import multiprocessing
from collections.abc import Mapping
from functools import partial
from typing import Any

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
SEED = 100
"""None of the table's."""


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--table", default="table_widths")
    parser.add_argument("--networks", type=int, default=54)
    parser.add_argument("--workers", type=int, default=2)
    given = parser.parse_args()
    recipe = load_study(find_file(STUDY, given.table)).recipe
    print(f"{given.table}: tau [95 %] with the means of the table, of its best {given.networks} networks")
    rows = moat_lab.table(given.table).groupby(["key", "network"])["top1"].mean().reset_index()
    best = rows.nlargest(given.networks, "top1")
    with multiprocessing.get_context("spawn").Pool(given.workers) as pool:
        for name, changes in VARIANTS.items():
            changed = recipe.model_copy(update=dict(changes))
            curves = pool.map(partial(curve, recipe=changed), best["network"], chunksize=1)
            epochs = sorted(set.intersection(*({*each} for each in curves)))
            taus = (rank_correlation([each[epoch] for each in curves], best["top1"]) for epoch in epochs)
            said = [
                f"{epoch}: {tau.mean:.2f} [{tau.low:.2f}, {tau.high:.2f}]"
                for epoch, tau in zip(epochs, taus, strict=True)
            ]
            print(f"{name}: epoch {', '.join(said)}", flush=True)


def curve(network: str, recipe: Recipe) -> dict[int, float]:
    """Epoch -> score of one training."""
    import torch

    torch.set_num_threads(1)
    return {point.epoch: point.score for point in evaluate(network, recipe, SEED).curve}


if __name__ == "__main__":
    main()
