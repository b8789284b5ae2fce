"""The table in the units of a screen; the CSV with every digit."""

from dataclasses import replace
from io import StringIO

import pandas as pd
import pytest

from dashboards.frontier.files import file_name
from dashboards.frontier.table import column_config, csv, shown
from dashboards.study import study_of
from tests.unit.dashboards.small import SEARCH


def test_the_csv_is_the_summary(full):
    table = study_of(full).table
    read = pd.read_csv(StringIO(csv(table)))
    pd.testing.assert_frame_equal(read, table, check_dtype=False)


def test_rows_are_best_first_and_what_has_not_run_last(make):
    study = study_of(make({"attn+mbconv": [0.93, 0.93], "attn+mlp": [0.94]}))
    rows = shown(study.plan, study.table)
    assert rows["variant"].tolist() == ["attn+mlp", "attn+mbconv", "mbconv+attn"]
    assert rows["verdict"].tolist() == ["too few seeds", "too few seeds", "not run"]
    assert rows["seeds"].tolist() == ["1 of 2", "2 of 2", "0 of 2"]
    assert rows["top1_range"].tolist() == ["–", "92.7 to 93.3", "–"]


def test_numbers_are_percent_points_and_the_headers_units(full):
    study = study_of(full)
    row = shown(study.plan, study.table).loc["c" * 12]
    assert row["top1"] == pytest.approx(90.6)
    assert row["effect"] == pytest.approx(-1.9)
    assert (row["macs"], row["params"], row["activations"]) == (35.0, 860.0, 6.0)
    config = column_config(study.table)
    assert set(config) == {*shown(study.plan, study.table).columns, "trial"}
    assert [config[cost]["label"] for cost in ("macs", "params")] == ["MMACs", "params, k"]


def test_a_search_says_its_trials_and_compares_nothing(full):
    study = study_of(full)
    plan = replace(study.plan, search=SEARCH, baseline="")
    rows = shown(plan, study.table)
    assert dict(zip(rows["variant"], rows["trial"], strict=True)) == {
        "mbconv+attn": 1,
        "attn+mbconv": 2,
        "attn+mlp": 3,
    }
    assert not {"effect", "effect_range", "verdict"} & set(rows.columns)


def test_a_file_name_is_plain():
    assert file_name("a <b>/$x$") == "a_b_x_.csv"
