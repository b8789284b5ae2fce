"""Effects over the cells of a design."""

from dataclasses import replace

import pytest

from moat_lab.analysis import averaged, averaged_summary, cell_table, scores_over_cells, summary
from moat_lab.analysis.cell_means import keys_over_cells
from moat_lab.records import Evaluation, Plan, Variant
from tests.unit.recorded import ended_training

KEYS = {("a", "8"): "a" * 12, ("b", "8"): "b" * 12, ("a", "16"): "c" * 12, ("b", "16"): "d" * 12}


def variant(order: str, w: str, macs: int, key: str = "", matched: str = "") -> Variant:
    return Variant(
        key=key or KEYS[order, w],
        network=f"{order} {w}",
        factors={"order": order, "w": w},
        costs={"params": 100, "macs": macs, "activations": 10},
        matched=matched,
    )


PLAN = Plan(
    name="p",
    question="",
    expectation="",
    source="",
    baseline=KEYS["a", "8"],
    recipe={},
    recipe_key="beef",
    seeds=(0, 1, 2),
    command="",
    variants=(
        variant("a", "8", 100),
        variant("b", "8", 200),
        variant("a", "16", 400),
        variant("b", "16", 400),
    ),
    cells=("w",),
)


def evaluations(plan: Plan, scores: dict[str, tuple[float, ...]]) -> list[Evaluation]:
    return [
        ended_training(plan, v, seed, score)
        for v in plan.variants
        for seed, score in zip(plan.seeds_of(v.key), scores[v.network], strict=False)
    ]


SCORES = {
    "a 8": (0.50, 0.52, 0.54),
    "b 8": (0.51, 0.54, 0.57),  # +0.01, +0.02, +0.03
    "a 16": (0.80, 0.82, 0.84),
    "b 16": (0.85, 0.88, 0.91),  # +0.05, +0.06, +0.07
}


def test_an_effect_is_the_mean_over_cells_of_those_paired_by_seed():
    table = averaged_summary(PLAN, evaluations(PLAN, SCORES)).set_index("order")
    row = table.loc["b"]
    assert (row["seeds"], row["pairs"]) == (6, 6)
    assert row["effect"] == pytest.approx(0.04)
    assert row["score"] == pytest.approx((0.54 + 0.88) / 2)
    # each cell's deviation is 0.01: t(0.975, 4 degrees) = 2.7764
    assert row["effect_high"] - row["effect"] == pytest.approx(2.7764 * 0.01 / 6**0.5, rel=1e-4)
    assert table["verdict"].to_dict() == {"a": "baseline", "b": "better"}


def test_each_cell_has_seeds_of_its_own():
    assert [PLAN.seeds_of(v.key) for v in PLAN.variants] == [(0, 2, 4), (0, 2, 4), (1, 3, 5), (1, 3, 5)]


def test_each_network_is_compared_with_the_baseline_of_its_cell():
    table = summary(PLAN, evaluations(PLAN, SCORES)).set_index("network")
    assert table["effect"].round(4).to_dict() == pytest.approx(
        {"a 8": float("nan"), "b 8": 0.02, "a 16": float("nan"), "b 16": 0.06}, nan_ok=True
    )
    assert table["verdict"].tolist()[::2] == ["baseline", "baseline"]


def test_whether_effects_depend_on_the_cell_is_tested_beyond_what_seeds_make_them():
    row = cell_table(PLAN, evaluations(PLAN, SCORES)).iloc[0]
    assert (row["cells"], row["least"], row["most"]) == (2, pytest.approx(0.02), pytest.approx(0.06))
    # between cells 0.0008, within 0.0001 / 3
    assert row["sd"] == pytest.approx((0.0008 - 0.0001 / 3) ** 0.5)
    assert row["p"] == pytest.approx(0.0080, abs=2e-4)  # Welch's t of two cells: 4.899 at 4 degrees
    alike = SCORES | {"b 16": (0.81, 0.84, 0.87)}
    assert cell_table(PLAN, evaluations(PLAN, alike)).iloc[0][["sd", "p"]].tolist() == pytest.approx([0, 1])


def test_a_cost_is_the_mean_share_of_the_baselines_in_each_cell():
    costs = {v.factors["order"]: v.costs["macs"] for v in averaged(PLAN).variants}
    assert costs == {"a": 250, "b": 375}  # twice as much in one cell, as much in the other


def test_at_matched_cost_a_variant_is_made_of_the_networks_scaled_in_each_cell():
    scaled = variant("b", "8", 101, key="e" * 12, matched="macs")
    plan = replace(PLAN, match=("none", "macs"), variants=(*PLAN.variants, scaled))
    over = averaged(plan)
    assert [(v.factors["order"], v.matched) for v in over.variants] == [("a", ""), ("b", ""), ("b", "macs")]
    key = over.variants[2].key
    assert keys_over_cells(plan, "macs")["e" * 12] == keys_over_cells(plan, "macs")[KEYS["b", "16"]] == key
    assert over.readings["macs"] == (over.variants[0], over.variants[2])


def test_a_plan_without_cells_is_its_own_average():
    plain = replace(PLAN, cells=())
    known = evaluations(plain, SCORES)
    assert averaged(plain) is plain
    assert averaged_summary(plain, known).equals(summary(plain, known))


def test_scores_are_by_variant_then_cell_then_seed_and_without_cells_all_is_one_cell():
    known = evaluations(PLAN, SCORES)
    over, plain = scores_over_cells(PLAN, known), scores_over_cells(replace(PLAN, cells=()), known)
    assert [list(of.values()) for of in over.values()] == [
        [{0: 0.50, 2: 0.52, 4: 0.54}, {1: 0.80, 3: 0.82, 5: 0.84}],
        [{0: 0.51, 2: 0.54, 4: 0.57}, {1: 0.85, 3: 0.88, 5: 0.91}],
    ]
    assert plain[KEYS["b", "16"]] == {(): {1: 0.85, 3: 0.88, 5: 0.91}}
