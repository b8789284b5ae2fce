"""Variants against their twins, and what is left to be said where the twins do as well."""

from dataclasses import replace

import pytest

from moat_lab.analysis import summary
from moat_lab.analysis.mechanism import is_testable, mechanism_checks
from moat_lab.analysis.trainings import counted, trained_for

WELL = (0.80, 0.82, 0.81, 0.83)
SAME = (0.81, 0.82, 0.80, 0.83)
BADLY = (0.70, 0.73, 0.71, 0.72)
TWINS = {"a": "0a0a0a0a0a0a", "b": "0b0b0b0b0b0b"}


@pytest.fixture
def checked(plan, make, run):
    """A plan of a (the baseline), b and c, of which a and b have twins, and evaluations with these scores."""

    def of(twin_a, twin_b, *, a=WELL, b=SAME, c=BADLY, margin=None):
        twins = {make(name).key: replace(make(name), key=key) for name, key in TWINS.items()}
        asked = replace(plan(*map(make, "abc")), margin=margin, twins=twins)
        rows = [("a", {}, a), ("b", {}, b), ("c", {}, c)]
        rows += [("a", {"network_key": TWINS["a"]}, twin_a), ("b", {"network_key": TWINS["b"]}, twin_b)]
        return asked, [run(name, s, x, **key) for name, key, row in rows for s, x in enumerate(row)]

    return of


def test_the_effect_is_the_variant_less_its_twin_paired_by_seed(checked):
    first, second = mechanism_checks(*checked(twin_a=(0.77, 0.76), twin_b=(0.81,)))
    assert (first.variant, first.twin, first.effect.n) == ("aaaaaaaaaaaa", "0a0a0a0a0a0a", 2)
    assert first.effect.mean == pytest.approx(0.045)
    assert (first.effect.low, first.effect.high) == pytest.approx((-0.14559, 0.23559), abs=1e-5)
    assert (second.variant, second.effect.n, second.use) == ("bbbbbbbbbbbb", 1, "too few seeds")


@pytest.mark.parametrize(
    ("twin", "margin", "use"),
    [
        (BADLY, None, "in use"),
        (SAME, None, "not shown"),
        (SAME, 0.02, "not needed"),
        ((0.90, 0.92, 0.91, 0.94), None, "harmful"),
        ((0.799, 0.819, 0.809, 0.8291), None, "in use"),
        ((0.799, 0.819, 0.809, 0.8291), 0.02, "not needed"),
        ((), None, "too few seeds"),
    ],
)
def test_a_mechanism_is_in_use_where_the_interval_excludes_zero_and_leaves_the_margin(
    checked, twin, margin, use
):
    assert mechanism_checks(*checked(twin, (), margin=margin))[0].use == use


def test_twins_of_another_recipe_and_failed_ones_do_not_count(checked, run):
    plan, evaluations = checked((), ())
    others = [
        run("a", 0, 0.1, network_key="0a0a0a0a0a0a", recipe_key="dead"),
        run("a", 1, None, network_key="0a0a0a0a0a0a"),
    ]
    assert mechanism_checks(plan, [*evaluations, *others])[0].effect.n == 0


def test_a_comparison_is_testable_where_the_mechanism_matters_on_a_side_or_stands_on_none(checked):
    checks = mechanism_checks(*checked(twin_a=BADLY, twin_b=WELL))
    assert [check.use for check in checks] == ["in use", "not shown"]
    a, b, c = "aaaaaaaaaaaa", "bbbbbbbbbbbb", "cccccccccccc"
    assert [is_testable(checks, keys) for keys in ((a, b), (a, c), (b, c), (c,), (b,))] == [
        True,
        True,
        False,
        True,
        False,
    ]


def test_a_verdict_on_a_mechanism_that_does_nothing_is_not_testable(checked):
    before = summary(*checked(twin_a=BADLY, twin_b=BADLY))
    after = summary(*checked(twin_a=WELL, twin_b=WELL))
    assert before["verdict"].tolist() == ["baseline", "not distinguishable", "worse"]
    assert after["verdict"].tolist() == ["baseline", "not testable", "not testable"]
    assert after.drop(columns="verdict").equals(before.drop(columns="verdict"))


def test_twins_are_trained_and_stand_in_no_table(checked):
    plan, evaluations = checked(twin_a=WELL, twin_b=WELL)
    assert [v.key for v in plan.networks] == [*(v.key for v in plan.variants), "0a0a0a0a0a0a", "0b0b0b0b0b0b"]
    assert len(counted(plan, evaluations)) == 12
    assert len(trained_for(plan, evaluations)) == 20
    assert summary(plan, evaluations)["key"].tolist() == [v.key for v in plan.variants]
