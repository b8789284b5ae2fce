"""A plan of three variants and evaluations of them, briefly said."""

from collections.abc import Callable
from typing import Any

import pytest

from moat_lab.records import Epoch, Evaluation, Plan, Variant

KEYS = {"a": "aaaaaaaaaaaa", "b": "bbbbbbbbbbbb", "c": "cccccccccccc"}
COSTS = {"a": (100, 1000), "b": (200, 900), "c": (300, 3000)}


def variant(name: str, **factors: str) -> Variant:
    params, macs = COSTS[name]
    return Variant(
        key=KEYS[name],
        network=f"network {name}",
        factors=factors or {"order": name},
        costs={"params": params, "macs": macs, "activations": 10},
    )


@pytest.fixture
def plan() -> Callable[..., Plan]:
    def of(*variants: Variant) -> Plan:
        return Plan(
            name="p",
            question="",
            expectation="",
            source="",
            baseline=variants[0].key if variants else "",
            recipe={},
            recipe_key="beef",
            seeds=(0, 1, 2),
            command="",
            variants=variants,
        )

    return of


@pytest.fixture
def make() -> Callable[..., Variant]:
    return variant


@pytest.fixture
def run() -> Callable[..., Evaluation]:
    def of(name: str, seed: int, score: float | None, **fields: Any) -> Evaluation:
        params, macs = COSTS[name]
        curve = tuple(
            Epoch(epoch=i, train_loss=1.0, val_loss=2.0, score=(score or 0) * i / 2, learning_rate=0.1)
            for i in (1, 2)
        )
        known: dict[str, Any] = {
            "network": f"network {name}",
            "network_key": KEYS[name],
            "recipe": {},
            "recipe_key": "beef",
            "status": "failed" if score is None else "ok",
            "error": "boom" if score is None else None,
            "final_loss": 1.0,
            "curve": curve,
            "train_s": 1.0,
            "images_per_s": 100.0 + seed,
            "environment": {},
        }
        return Evaluation(
            **(
                known
                | {"seed": seed, "scores": {} if score is None else {"top1": score}}
                | {"costs": {"params": params, "macs": macs, "activations": 10}}
                | fields
            )
        )

    return of
