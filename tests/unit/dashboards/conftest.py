"""Results folders of three orders, written as a study writes them, and the app that shows them."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

from moat_lab.records import Epoch, Evaluation, Plan, ResultsFolder, Search, Variant

APP = Path(__file__).parents[3] / "dashboards" / "app.py"
COSTS = {
    "mbconv+attn": ("a" * 12, 980_000, 41_200_000, 5_000),
    "attn+mbconv": ("b" * 12, 981_000, 41_500_000, 4_000),
    "attn+mlp": ("c" * 12, 860_000, 35_000_000, 6_000),
}
VARIANTS = tuple(
    Variant(
        key=key,
        network=f"stem(16) | 1x {order} @32",
        factors={"order": order},
        costs={"params": params, "macs": macs, "activations": activations},
    )
    for order, (key, params, macs, activations) in COSTS.items()
)
PLAN = Plan(
    name="ablate_order",
    question="Does convolution belong before attention?",
    expectation="Before: the reverse loses 0.4 points.",
    source="Yang et al. 2023",
    baseline="a" * 12,
    recipe={"data": "digits", "val": 1000},
    recipe_key="beef",
    seeds=(0, 1),
    command="python -m moat_lab.study ablate_order",
    variants=VARIANTS,
)
SEARCH = Search(
    space="stem(16) | 1x order @32 where order in {mbconv+attn, attn+mbconv, attn+mlp}",
    objectives=("top1", "macs"),
    limits={},
    reference={"top1": 0.5, "macs": 50e6},
    sampler={"name": "tpe", "seed": 0},
    trials=3,
)


def run(variant: Variant, seed: int, score: float | None, **fields: Any) -> Evaluation:
    known = Evaluation(
        network=variant.network,
        network_key=variant.key,
        recipe=PLAN.recipe,
        recipe_key=PLAN.recipe_key,
        seed=seed,
        status="failed" if score is None else "ok",
        error="Traceback ...\nRuntimeError: loss is NaN" if score is None else None,
        scores={} if score is None else {"top1": score},
        final_loss=1.0,
        curve=(Epoch(epoch=1, train_loss=1.0, val_loss=1.0, score=score or 0.0, learning_rate=0.1),),
        costs=variant.costs,
        train_s=60.0,
        images_per_s=900.0,
        environment={},
    )
    return replace(known, **fields)


@pytest.fixture
def make(tmp_path: Path) -> Callable[..., Path]:
    """Writes a study below `tmp_path`: top-1 by seed for each order, None where it failed."""

    def of(tops: Mapping[str, list[float | None]], name: str = "ablate_order", plan: Plan = PLAN) -> Path:
        ResultsFolder(tmp_path / name).write_plan(plan)
        for variant in plan.variants:
            for seed, score in enumerate(tops.get(variant.factors["order"], [])):
                ResultsFolder(tmp_path / name).evaluations.append(run(variant, seed, score))
        return tmp_path / name

    return of


@pytest.fixture
def full(make: Callable[..., Path]) -> Path:
    return make({"mbconv+attn": [0.92, 0.93], "attn+mbconv": [0.921, 0.925], "attn+mlp": [0.90, 0.912]})


@pytest.fixture
def plan() -> Plan:
    return PLAN


@pytest.fixture
def open_app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., AppTest]:
    """The app after its first run, opened at a page (by default the frontier) whose address says `asked`."""

    def opened(page: str = "frontier", **asked: str) -> AppTest:
        monkeypatch.setattr("sys.argv", ["app.py", "--results", str(tmp_path)])
        for lead in ("_STYLE_S", "_SENT_S", "_CHART_S"):  # no browser waits for anything
            monkeypatch.setattr(f"dashboards.lead.{lead}", 0)
        app = AppTest.from_file(APP, default_timeout=30)
        app._page_hash = calc_hash(page)  # switch_page knows pages that are files alone
        for name, value in asked.items():
            app.query_params[name] = value
        return app.run()

    return opened


@pytest.fixture
def turn_to() -> Callable[..., AppTest]:
    """An open app turned to another page, as its menu does it: the address says nothing but `asked`."""

    def turned(app: AppTest, page: str, **asked: str) -> AppTest:
        app._page_hash = calc_hash(page)
        for name in list(app.query_params):
            del app.query_params[name]
        for name, value in asked.items():
            app.query_params[name] = value
        return app.run()

    return turned
