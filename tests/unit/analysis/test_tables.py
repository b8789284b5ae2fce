"""One row for each variant, in the plan's order, whatever has run."""

import math
from dataclasses import replace

import pytest

from moat_lab.analysis import Hypothesis, Interval, curves, factor_columns, question_of, summary
from moat_lab.analysis.tables import with_score_names, within_one


def test_each_variant_has_a_row_in_the_plans_order(plan, make, run):
    table = summary(plan(make("c"), make("a"), make("b")), [run("a", 0, 0.5)])
    assert table["network"].tolist() == ["network c", "network a", "network b"]
    assert table["order"].tolist() == ["c", "a", "b"]
    assert table["seeds"].tolist() == [0, 1, 0]


def test_means_and_paired_effects_are_fractions(plan, make, run):
    known = [run("a", 0, 0.25), run("a", 1, 0.5), run("b", 0, 0.5), run("b", 1, 0.75), run("b", 2, 1.0)]
    table = summary(plan(make("a"), make("b")), known).set_index("order")
    assert table["score"].to_dict() == {"a": 0.375, "b": 0.75}
    assert table.loc["b", "effect"] == 0.25
    assert table["verdict"].to_dict() == {"a": "baseline", "b": "too few seeds"}
    assert table["images_per_s"].to_dict() == {"a": 100.5, "b": 101.0}
    assert math.isnan(table.loc["a", "effect"])


def test_a_spread_is_at_least_what_counting_images_makes_it(plan, make, run):
    known = [run("a", 0, 0.25), run("a", 1, 0.25), run("b", 0, 0.5), run("b", 1, 0.5)]
    counted = replace(plan(make("a"), make("b")), recipe={"val": 1000})
    table = summary(counted, known).set_index("order")
    assert table.loc["b", "sd"] == pytest.approx(0.001 / math.sqrt(6))
    # t(0.975, 1 degree) = 12.7062
    assert table.loc["b", "effect_high"] == pytest.approx(0.25 + 12.7062 * 0.001 / math.sqrt(12), rel=1e-6)
    assert table.loc["a", "score_high"] == pytest.approx(0.25 + 12.7062 * 0.001 / math.sqrt(24), rel=1e-6)
    assert table.loc["b", "verdict"] == "better"


def test_only_the_plans_recipe_and_networks_count(plan, make, run):
    known = [run("a", 0, 0.5), run("a", 1, 0.9, recipe_key="dead"), run("c", 0, 0.9)]
    table = summary(plan(make("a"), make("b")), known)
    assert table["seeds"].tolist() == [1, 0]
    assert table["score"].tolist()[0] == 0.5


def test_failed_evaluations_are_counted_apart(plan, make, run):
    known = [run("a", 0, 0.5), run("a", 1, None), run("b", 0, None)]
    table = summary(plan(make("a"), make("b"), make("c")), known)
    assert table["seeds"].tolist() == [1, 0, 0]
    assert table["failed"].tolist() == [1, 1, 0]
    assert table["verdict"].tolist() == ["baseline", "failed", "not run"]


def test_one_common_seed_is_too_few(plan, make, run):
    known = [run("a", 0, 0.5), run("b", 0, 0.6), run("b", 1, 0.6)]
    assert summary(plan(make("a"), make("b")), known)["verdict"].tolist() == ["baseline", "too few seeds"]


def test_the_frontiers_are_of_measured_variants_only(plan, make, run):
    known = [run("a", 0, 0.5), run("b", 0, 0.6)]
    table = summary(plan(make("a"), make("b"), make("c")), known)
    assert table["frontier_macs"].tolist() == [False, True, False]
    assert table["frontier_params"].tolist() == [True, True, False]


@pytest.mark.parametrize("variants", [(), ("a", "b")])
def test_columns_and_types_do_not_depend_on_what_has_run(plan, make, run, variants):
    table = summary(plan(*map(make, variants)), [])
    types = {name: str(kind) for name, kind in table.dtypes.items() if name != "order"}
    assert types == {
        "key": "str",
        "network": "str",
        **dict.fromkeys(["params", "macs", "activations", "seeds", "failed", "pairs"], "int64"),
        **dict.fromkeys(
            ["score", "score_low", "score_high", "effect", "effect_low", "effect_high"], "float64"
        ),
        **dict.fromkeys(["boot_low", "boot_high", "p", "p_adjusted", "sd", "detectable"], "float64"),
        "verdict": "str",
        "frontier_macs": "bool",
        "frontier_params": "bool",
        "images_per_s": "float64",
    }
    assert len(table) == len(variants)


def test_a_factor_named_like_a_column_gets_an_underscore(plan, make, run):
    asked = plan(make("a", macs="few", w="8"), make("b", w="16"))
    assert factor_columns(asked) == {"macs": "macs_", "w": "w"}
    table = summary(asked, [])
    assert table["macs"].tolist() == [1000, 900]
    assert table["macs_"].isna().tolist() == [False, True]


def test_curves_are_long_by_variant_seed_and_epoch(plan, make, run):
    known = [run("b", 1, 0.5), run("b", 0, 1.0), run("a", 3, 0.25), run("a", 4, None)]
    table = curves(plan(make("a"), make("b")), known)
    assert list(table.columns) == [
        "key", "order", "seed", "epoch", "train_loss", "val_loss", "score", "learning_rate"
    ]  # fmt: skip
    assert table[["order", "seed", "epoch", "score"]].values.tolist() == [
        ["a", 3, 1, 0.125],
        ["a", 3, 2, 0.25],
        ["b", 0, 1, 0.5],
        ["b", 0, 2, 1.0],
        ["b", 1, 1, 0.25],
        ["b", 1, 2, 0.5],
    ]


def test_curves_of_nothing_have_their_columns(plan):
    table = curves(plan(), [])
    assert len(table) == 0
    assert str(table["epoch"].dtype) == "int64"


def test_in_a_file_the_score_has_its_own_name(plan, make, run):
    named = with_score_names(summary(plan(make("a")), [run("a", 0, 0.5)]), plan(make("a")))
    assert [column for column in named if "score" in column or "top1" in column][:3] == [
        "top1",
        "top1_low",
        "top1_high",
    ]


def test_a_plan_asks_with_its_margin_its_step_its_effects_and_how_its_seeds_were_added(plan, make):
    one = replace(
        plan(make("a"), replace(make("b"), effect=0.03)),
        margin=0.01,
        recipe={"val": 250},
        planned_looks=(5, 10),
        target_half_width=0.02,
    )
    assert question_of(one) == Hypothesis(
        margin=0.01, effects={"bbbbbbbbbbbb": 0.03}, level=0.025, step=1 / 250, stopped_by_width=True
    )


def test_the_interval_of_a_share_ends_at_0_and_1():
    wide = Interval(mean=0.5, low=-0.1, high=1.2, n=3)
    assert within_one(wide) == Interval(mean=0.5, low=0.0, high=1.0, n=3)
