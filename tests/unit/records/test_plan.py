"""A plan comes back as written; a bad folder is a user's mistake, said in one sentence."""

import os
from dataclasses import replace

import pytest

from moat_lab.errors import UserError
from moat_lab.records import ResultsFolder, Rungs, Search, SourcedClaim


def test_a_plan_comes_back_as_written(tmp_path, plan):
    assert ResultsFolder(tmp_path / "results" / "ablate_order").write_plan(plan()).name == "plan.json"
    assert ResultsFolder(tmp_path / "results" / "ablate_order").read_plan() == plan()


def test_a_plan_may_have_no_variants(tmp_path, plan):
    empty = plan(variants=(), baseline="", seeds=())
    ResultsFolder(tmp_path).write_plan(empty)
    assert ResultsFolder(tmp_path).read_plan() == empty


def test_a_folder_without_a_plan_is_a_users_mistake(tmp_path):
    with pytest.raises(UserError, match=r"a results folder with a plan\.json is needed; got .*nowhere"):
        ResultsFolder(tmp_path / "nowhere").read_plan()


def test_a_damaged_plan_names_its_field(tmp_path, plan):
    path = ResultsFolder(tmp_path).write_plan(plan())
    path.write_text(path.read_text().replace('"params": 1', '"params": "one"'))
    with pytest.raises(UserError, match=r"is damaged: variants\.0\.costs: params should be a whole number"):
        ResultsFolder(tmp_path).read_plan()


SEARCH = Search(
    space="stem(8) | 1x mbconv @w for 16px where w in {8, 16}",
    objectives=("top1", "macs"),
    limits={"macs": 3e6},
    reference={"top1": 0.0, "macs": 3e6},
    sampler={"name": "random", "seed": 0},
    trials=14,
    rungs=Rungs(epochs=(1, 2), keep=0.5),
)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('"margin": 0.005', '"margin": -1', "margin: Input should be greater than 0; got -1"),
        ('"margin": 0.005', '"margin": NaN', "margin: Input should be less than or equal to 1; got nan"),
        ('"margin": 0.005', '"margin": 1e400', "margin: Input should be less than or equal to 1; got inf"),
        (
            '"target_half_width": null',
            '"target_half_width": 2',
            "target_half_width: Input should be less than or equal to 1; got 2",
        ),
        (
            '"params": 1',
            f'"params": {10**400}',
            "variants.0.costs: params should be a whole number above 0",
        ),
        ('"epochs": 1\n', '"epochs": 0\n', "recipe: epochs: should be a whole number from 1 to"),
        ('"none"\n', '"flops"\n', "match: should be some of none, macs, params, each once;"),
        (
            '"none"\n',
            '"none", "none"\n',
            "match: should be some of none, macs, params, each once; got ('none', 'none')",
        ),
        (
            '"order": "worse"',
            '"order": "worst"',
            "claims.order.claim: should be some of better, worse, not better, not",
        ),
        ('"top1",\n', '"top2",\n', "search.objectives: should be some of activations, box_ap, "),
        (
            '"macs": 3000000.0\n    },\n    "ref',
            '"macs": 0\n    },\n    "ref',
            "search.limits.macs: Input should",
        ),
        (
            '"macs": 3000000.0\n    },\n    "sam',
            '"macs": NaN\n    },\n    "sam',
            "search.reference.macs: Input",
        ),
        (
            '"top1": 0.0,\n      "macs": 3000000.0',
            '"macs": 3000000.0',
            "search: reference: should have every objective; top1 is missing",
        ),
        ('"name": "random"', '"nome": "random"', "search.sampler: name: should be a text; got None"),
        ('"trials": 14', '"trials": 0', "search.trials: Input should be greater than or equal to 1; got 0"),
        ('"keep": 0.5', '"keep": NaN', "search.rungs.keep: Input should be"),
    ],
)
def test_a_number_or_name_that_no_plan_has_is_damage(tmp_path, plan, old, new, message):
    path = ResultsFolder(tmp_path).write_plan(
        plan(margin=0.005, search=SEARCH, claims={"order": SourcedClaim(claim="worse")})
    )
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))
    with pytest.raises(UserError) as caught:
        ResultsFolder(tmp_path).read_plan()
    assert f"plan.json is damaged: {message}" in str(caught.value)
    assert ResultsFolder(tmp_path).find_plan().reason.startswith(message)


@pytest.mark.parametrize("made", ["pipe", "folder", "link to a device"])
def test_a_plan_that_is_no_file_is_not_waited_for(tmp_path, made):
    path = tmp_path / "plan.json"
    if made == "pipe":
        os.mkfifo(path)
    elif made == "folder":
        path.mkdir()
    else:
        path.symlink_to("/dev/zero")
    with pytest.raises(UserError, match=r"a results folder with a plan\.json is needed"):
        ResultsFolder(tmp_path).read_plan()
    assert ResultsFolder(tmp_path).find_plan().reason == "a file is needed; got a folder, a pipe or a device"


def test_variants_of_other_factors_are_no_plan(tmp_path, plan):
    (known,) = plan().variants
    other = replace(known, key="b" * 12, factors={"width": "8"})
    ResultsFolder(tmp_path).write_plan(plan(variants=(known, other)))
    with pytest.raises(UserError, match="variants: should have the same factors, order; got width"):
        ResultsFolder(tmp_path).read_plan()


def test_the_baseline_is_one_of_the_variants(plan):
    with pytest.raises(ValueError, match="baseline: should be the key of a variant; got 'ffff'"):
        plan(baseline="ffff")


def test_two_variants_with_one_key_are_refused(plan):
    with pytest.raises(ValueError, match="variants: each needs a key of its own"):
        plan(variants=plan().variants * 2)


def test_results_folders_are_found_at_any_depth_in_order(tmp_path, plan):
    for name in ("b", "a/deep", "c"):
        ResultsFolder(tmp_path / name).write_plan(plan())
    (tmp_path / "without").mkdir()
    assert ResultsFolder.below(tmp_path) == tuple(
        ResultsFolder(tmp_path / name) for name in ("a/deep", "b", "c")
    )
    assert ResultsFolder.below(tmp_path / "nowhere") == ()


def test_each_cell_has_seeds_of_its_own_and_a_twin_those_of_its_variants_cells(plan):
    (one,) = plan().variants
    variants = tuple(
        replace(one, key=key * 12, factors={"order": order, "w": w})
        for key, order, w in [("a", "x", "8"), ("b", "y", "8"), ("c", "x", "16")]
    )
    twin, shared = (replace(one, key=key * 12) for key in "de")
    twins = {"a" * 12: shared, "b" * 12: twin, "c" * 12: shared}
    asked = plan(variants=variants, baseline="a" * 12, cells=("w",), twins=twins)
    assert {key: asked.seeds_of(key * 12) for key in "abcdef"} == {
        "a": (0, 2),
        "b": (0, 2),
        "c": (1, 3),
        "d": (0, 2),
        "e": (1, 0, 3, 2),
        "f": (),
    }
