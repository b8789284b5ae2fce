"""A plan comes back as written; a bad folder is a user's mistake, said in one sentence."""

import pytest

from moat_lab.errors import UserError
from moat_lab.records import read_plan, results_folders, write_plan


def test_a_plan_comes_back_as_written(tmp_path, plan):
    assert write_plan(tmp_path / "results" / "ablate_order", plan()).name == "plan.json"
    assert read_plan(tmp_path / "results" / "ablate_order") == plan()


def test_a_plan_may_have_no_variants(tmp_path, plan):
    empty = plan(variants=(), baseline="", seeds=())
    write_plan(tmp_path, empty)
    assert read_plan(tmp_path) == empty


def test_a_folder_without_a_plan_is_a_users_mistake(tmp_path):
    with pytest.raises(UserError, match=r"a results folder with a plan\.json is needed; got .*nowhere"):
        read_plan(tmp_path / "nowhere")


def test_a_damaged_plan_names_its_field(tmp_path, plan):
    path = write_plan(tmp_path, plan())
    path.write_text(path.read_text().replace('"params": 1', '"params": "one"'))
    with pytest.raises(UserError, match=r"is damaged: variants\.0\.params: Input should be a valid integer"):
        read_plan(tmp_path)


def test_the_baseline_is_one_of_the_variants(plan):
    with pytest.raises(ValueError, match="baseline: should be the key of a variant; got 'ffff'"):
        plan(baseline="ffff")


def test_two_variants_with_one_key_are_refused(plan):
    with pytest.raises(ValueError, match="variants: each needs a key of its own"):
        plan(variants=plan().variants * 2)


def test_results_folders_are_found_at_any_depth_in_order(tmp_path, plan):
    for name in ("b", "a/deep", "c"):
        write_plan(tmp_path / name, plan())
    (tmp_path / "without").mkdir()
    assert results_folders(tmp_path) == (tmp_path / "a/deep", tmp_path / "b", tmp_path / "c")
    assert results_folders(tmp_path / "nowhere") == ()
