"""The table below the chart, and the files to take along."""

from dataclasses import replace
from functools import partial
from io import StringIO

import pandas as pd
import pytest

from dashboards.frontier.budget_pick import mark_pick, pick_under_budgets
from dashboards.frontier.table import column_config, csv, display_table, figure_file, safe_file_name
from dashboards.frontier.view import frontier_view
from dashboards.study import study_of
from moat_lab.analysis.search_tables import with_measurements
from moat_lab.metrics.top1 import METRIC as TOP1
from moat_lab.records import ResultsFolder
from moat_lab.report.names import labels
from moat_lab.report.search.pick import pick_lines
from tests.unit.dashboards.conftest import SEARCH


def test_the_csv_is_the_summary(full):
    study = study_of(ResultsFolder(full))
    read = pd.read_csv(StringIO(csv(study.plan, study.table)))
    expected = study.table.rename(columns=lambda name: name.replace("score", "top1"))
    pd.testing.assert_frame_equal(read, expected, check_dtype=False)


def test_rows_are_best_first_and_what_has_not_run_last(make):
    study = study_of(ResultsFolder(make({"attn+mbconv": [0.93, 0.93], "attn+mlp": [0.94]})))
    rows = display_table(study.plan, study.table, "ablate_order")
    assert rows["variant"].tolist() == ["attn+mlp", "attn+mbconv", "mbconv+attn"]
    assert rows["verdict"].tolist() == ["too few seeds", "too few seeds", "not run"]
    assert rows["seeds"].tolist() == ["1 of 2", "2 of 2", "0 of 2"]
    assert rows["score_range"].tolist() == ["–", "92.7 to 93.3", "–"]


def test_numbers_are_percent_points_and_the_headers_units(full):
    study = study_of(ResultsFolder(full))
    row = display_table(study.plan, study.table, "ablate_order").loc["c" * 12]
    assert row["score"] == pytest.approx(90.6)
    assert row["trainings"] == "provenance?study=ablate_order&network=attn%2Bmlp"
    assert row["effect"] == pytest.approx(-1.9)
    assert (row["macs"], row["params"], row["activations"]) == (35.0, 860.0, 6.0)
    config = column_config(study.plan, study.table)
    assert set(config) == {*display_table(study.plan, study.table, "ablate_order").columns, "trial"}
    assert [config[cost]["label"] for cost in ("macs", "params")] == ["MMACs", "params, k"]


def test_a_search_says_its_trials_and_compares_nothing(full):
    study = study_of(ResultsFolder(full))
    plan = replace(study.plan, search=SEARCH, baseline="")
    rows = display_table(plan, study.table, "ablate_order")
    assert dict(zip(rows["variant"], rows["trial"], strict=True)) == {
        "mbconv+attn": 1,
        "attn+mbconv": 2,
        "attn+mlp": 3,
    }
    assert not {"effect", "effect_range", "verdict"} & set(rows.columns)


def test_a_file_name_is_plain():
    assert safe_file_name("a <b>/$x$") == "a_b_x_.csv"


DESCRIBE = partial(pick_lines, metric=TOP1)
PINK, GREY_SHADE = "stroke: #cc79a7", "fill: #f0f0f0"


def info(folder, limits, scale="auto"):
    study = study_of(ResultsFolder(folder))
    table = with_measurements(study.table, study.plan, study.reading)
    made = pick_under_budgets(table, limits, cost="macs", names=labels(study.plan), describe=DESCRIBE)
    return mark_pick(frontier_view(study.plan, table, cost="macs", scale=scale), made, cost="macs").scatter


def test_an_svg_has_the_ring_of_the_pick_and_the_shade_of_the_budget(full):
    svg = figure_file(info(full, {"macs": 41.3e6}), "svg").decode()
    assert PINK in svg
    assert svg.count(GREY_SHADE) == 1


def test_without_budget_and_pick_there_is_neither(full):
    plain = info(full, {})
    points = tuple(replace(point, is_pick=False) for point in plain.points)
    svg = figure_file(replace(plain, points=points), "svg").decode()
    assert PINK not in svg
    assert GREY_SHADE not in svg


def test_the_scale_changes_the_figure_and_the_same_chart_gives_the_same_bytes(full):
    linear = figure_file(info(full, {}, "linear"), "svg")
    assert linear == figure_file(info(full, {}, "linear"), "svg")
    assert linear != figure_file(info(full, {}, "log"), "svg")


def test_a_png_is_one_with_nothing_of_the_day(full):
    png = figure_file(info(full, {}), "png")
    assert png.startswith(b"\x89PNG")
    assert png == figure_file(info(full, {}), "png")


def test_a_file_says_study_and_cost():
    assert safe_file_name("a b_macs", "svg") == "a_b_macs.svg"
