"""One evaluation, one measurement and one plan, with any field replaced."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from moat_lab.records import Epoch, Evaluation, Measurement, Plan, Variant

EVALUATION = Evaluation(
    network="stem(16) | 1x mbconv+attn @32",
    network_key="0123456789ab",
    recipe={"epochs": 1, "learning_rate": 0.003},
    recipe_key="ba9876543210",
    seed=7,
    status="ok",
    error=None,
    scores={"top1": 0.1 + 0.2},
    final_loss=1e-7,
    curve=(Epoch(epoch=1, train_loss=2.25, val_loss=2.5, score=0.3, learning_rate=0.003),),
    costs={"params": 1000, "macs": 20000, "activations": 300},
    train_s=12.5,
    images_per_s=800.0,
    environment={"device": "cpu", "versions": {"torch": "2.9"}},
)
MEASUREMENT = Measurement(
    network="stem(16) | 1x mbconv+attn @32",
    network_key="0123456789ab",
    recipe_key="ba9876543210",
    seed=7,
    values={"latency_ms": 0.1 + 0.2, "synflow": 12.5},
    conditions={"device": "a processor", "threads": 1, "resolution": [16, 16]},
    environment={"device": "cpu", "versions": {"torch": "2.9"}},
)
PLAN = Plan(
    name="ablate_order",
    question="Which order?",
    expectation="mbconv first",
    source="Yang et al. 2023",
    baseline="0123456789ab",
    recipe={"epochs": 1},
    recipe_key="ba9876543210",
    seeds=(0, 1),
    command="python -m moat_lab.study ablate_order",
    variants=(
        Variant(
            key="0123456789ab",
            network="stem(16)",
            factors={"order": "mbconv"},
            costs={"params": 1, "macs": 2, "activations": 3},
        ),
    ),
)


@pytest.fixture
def evaluation() -> Callable[..., Evaluation]:
    def with_fields(**fields: Any) -> Evaluation:
        return replace(EVALUATION, **fields)

    return with_fields


@pytest.fixture
def paused(evaluation: Callable[..., Evaluation]) -> Callable[..., Evaluation]:
    """An evaluation that was paused after some epochs, each of them looked at."""

    def after(epochs: int, **fields: Any) -> Evaluation:
        curve = tuple(replace(EVALUATION.curve[0], epoch=i + 1, score=i / 10) for i in range(epochs))
        return evaluation(status="paused", scores={}, final_loss=2.25, curve=curve, **fields)

    return after


@pytest.fixture
def measurement() -> Callable[..., Measurement]:
    def with_fields(**fields: Any) -> Measurement:
        return replace(MEASUREMENT, **fields)

    return with_fields


@pytest.fixture
def plan() -> Callable[..., Plan]:
    def with_fields(**fields: Any) -> Plan:
        return replace(PLAN, **fields)

    return with_fields
