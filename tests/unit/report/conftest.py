"""Results folders: three orders with three seeds, one failed evaluation, one damaged file; two readings."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from moat_lab.records import Epoch, Evaluation, Plan, ResultsFolder, SourcedClaim, Variant

ORDERS = {"mbconv+attn": "a" * 12, "attn+mbconv": "b" * 12, "attn+mlp": "c" * 12}
COSTS = {"a": (980_000, 41_200_000), "b": (981_000, 41_500_000), "c": (860_000, 35_000_000)}
RECIPE = {"data": "digits", "val": 1000, "epochs": 2, "learning_rate": 0.003}
PLAN = Plan(
    name="ablate_order",
    question="Does convolution belong before attention?",
    expectation="Before: the reverse loses 0.4 points.",
    source="Yang et al. 2023, arXiv 2210.01820",
    baseline="a" * 12,
    recipe=RECIPE,
    recipe_key="beef",
    seeds=(0, 1, 2),
    command="python -m moat_lab.study ablate_order",
    variants=tuple(
        Variant(
            key=key,
            network=f"stem(16) | 1x {order} @32",
            factors={"order": order},
            costs={"params": COSTS[key[0]][0], "macs": COSTS[key[0]][1], "activations": 1000},
        )
        for order, key in ORDERS.items()
    ),
)


def run(order: str, seed: int, score: float | None, **fields: Any) -> Evaluation:
    key = ORDERS[order]
    params, macs = COSTS[key[0]]
    epochs = (
        Epoch(epoch=i, train_loss=1.0, val_loss=1.0, score=(score or 0) * i / 2, learning_rate=0.1)
        for i in (1, 2)
    )
    known = Evaluation(
        network=f"stem(16) | 1x {order} @32",
        network_key=key,
        recipe=RECIPE,
        recipe_key="beef",
        seed=seed,
        status="failed" if score is None else "ok",
        error="Traceback ...\nRuntimeError: loss is NaN" if score is None else None,
        scores={} if score is None else {"top1": score},
        final_loss=1.0,
        curve=tuple(epochs),
        costs={"params": params, "macs": macs, "activations": 1000},
        train_s=60.0,
        images_per_s=900.0,
        environment={"device": "cpu", "threads": 1, "git_commit": "abc1234", "versions": {"torch": "2.9"}},
    )
    return replace(known, **fields)


def results(folder: Path, tops: Mapping[str, list[float]], plan: Plan = PLAN) -> Path:
    ResultsFolder(folder).write_plan(plan)
    for order, values in tops.items():
        for seed, score in enumerate(values):
            ResultsFolder(folder).evaluations.append(run(order, seed, score))
    return folder


@pytest.fixture
def make_results() -> Callable[..., Path]:
    return results


@pytest.fixture
def plan() -> Plan:
    return PLAN


@pytest.fixture
def small(tmp_path: Path) -> Path:
    tops = {
        "mbconv+attn": [0.92, 0.93, 0.925],
        "attn+mbconv": [0.921, 0.925, 0.926],
        "attn+mlp": [0.90, 0.912, 0.906],
    }
    folder = results(tmp_path / "ablate_order", tops)
    store = ResultsFolder(folder).evaluations
    store.append(run("attn+mlp", 3, None, environment={"device": "cpu", "threads": 2, "git_commit": None}))
    store.append(run("mbconv+attn", 0, 0.1, recipe_key="dead"))
    (store.folder / "cut.json").write_text("{", encoding="utf-8")
    return folder


def crossed(folder: Path) -> Path:
    """Two factors at two levels, as written and at the baseline's MACs; the two help only together.

    At the baseline's MACs `se=1` alone could not be matched, so there are no four corners.
    """
    tops = {"a": (0.0, 0.01, 0.02), "b": (0.0, 0.02, 0.02), "c": (0.0, 0.01, 0.03), "d": (0.12, 0.13, 0.14)}
    named = {
        "a": {"w": "8", "se": "0"},
        "b": {"w": "16", "se": "0"},
        "c": {"w": "8", "se": "1"},
        "d": {"w": "16", "se": "1"},
        "e": {"w": "16", "se": "0"},
        "f": {"w": "16", "se": "1"},
    }
    variants = tuple(
        Variant(
            key=letter * 12,
            network=f"stem({letter})",
            factors=factors,
            costs={"params": 1000, "macs": 1000 if letter in "aef" else 2000, "activations": 1000},
            matched="macs" if letter in "ef" else "",
        )
        for letter, factors in named.items()
    )
    plan = replace(
        PLAN,
        name="crossed",
        variants=variants,
        match=("none", "macs"),
        margin=0.05,
        claims={
            "w=16": SourcedClaim(
                claim="worse", kind="number", effect=0.02, setting="a table", written="before"
            ),
            "se=1": SourcedClaim(claim="not better", kind="own", source="nobody"),
            "w=16, se=1": SourcedClaim(claim="better"),
            "w=32": SourcedClaim(claim="better"),
        },
        unmatched=("`w=8, se=1` cannot have the baseline's MACs.",),
    )
    ResultsFolder(folder).write_plan(plan)
    for variant in variants:
        letter = variant.key[0]
        for seed, gain in enumerate(tops.get(letter, tops["b"])):
            known = run("mbconv+attn", seed, 0.8 + gain)
            ResultsFolder(folder).evaluations.append(
                replace(known, network=variant.network, network_key=variant.key, costs=variant.costs)
            )
    return folder


@pytest.fixture
def two_readings(tmp_path: Path) -> Path:
    return crossed(tmp_path / "crossed")
