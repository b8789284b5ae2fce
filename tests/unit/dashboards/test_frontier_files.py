"""The figure that is downloaded is the one that is shown."""

from dataclasses import replace

from dashboards.choice import choice, marked
from dashboards.frontier_files import figure_file, file_name
from dashboards.frontier_view import frontier_view
from dashboards.study import study_of
from moat_lab.analysis.search_tables import with_measurements
from moat_lab.report.names import labels

PINK, GREY_SHADE = "stroke: #cc79a7", "fill: #f0f0f0"


def info(folder, limits, scale="auto"):
    study = study_of(folder)
    table = with_measurements(study.table, study.plan, study.reading)
    made = choice(table, limits, cost="macs", names=labels(study.plan))
    return marked(frontier_view(study.plan, table, cost="macs", scale=scale), made, cost="macs").scatter


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
    assert file_name("a b_macs", "svg") == "a_b_macs.svg"
