"""Points coloured by a column: what may be chosen, and which value and look each point has."""

from dataclasses import replace

import pandas as pd
import pytest

from dashboards.colours import DARK, LIGHT
from dashboards.frontier.colour_legend import colour_axis, colours_of, named_levels, symbols_of
from dashboards.frontier.colouring import ColourColumn, colouring, study_columns
from dashboards.frontier.figure import frontier_figure
from dashboards.frontier.view import CLOUD_FROM, coloured, frontier_view
from dashboards.study import study_of
from moat_lab.analysis.search_tables import with_measurements
from moat_lab.records import ResultsFolder

KEYS = ["a", "b", "c"]


def of(values, **column):
    """The colouring by these values of finished networks a, b, c ..."""
    keys = [chr(ord("a") + i) for i in range(len(values))]
    table = pd.DataFrame({"key": keys, "score": 0.5, "x": values})
    return colouring(table, "x", ColourColumn(title="x", **column))


def drawn(folder, column):
    """The figure of a study's frontier, coloured by one of its columns."""
    study = study_of(ResultsFolder(folder))
    table = with_measurements(study.table, study.plan, study.reading)
    by = colouring(table, column, study_columns(study.plan, table)[column])
    return frontier_figure(coloured(frontier_view(study.plan, table, cost="macs", scale="auto"), by), LIGHT)


def test_a_study_offers_its_score_costs_factors_verdicts_and_seeds(full):
    study = study_of(ResultsFolder(full))
    table = with_measurements(study.table, study.plan, study.reading)
    titles = {name: column.title for name, column in study_columns(study.plan, table).items()}
    assert titles == {
        "score": "top-1 (%)",
        "macs": "MACs",
        "params": "parameters",
        "activations": "activations",
        "order": "order",
        "verdict": "verdict",
        "effect": "effect (points)",
        "seeds": "finished seeds",
        "failed": "failed seeds",
        "score_sd": "deviation over seeds (points)",
        "images_per_s": "images/s",
    }


def test_numbers_written_as_texts_are_numbers_and_those_of_a_cost_have_its_unit():
    assert of(["4", "16", "8"]).values == {"a": 4.0, "b": 16.0, "c": 8.0}
    by = of([1e6, 2e6, 40e6], cost="macs")
    assert (by.title, by.values["c"], by.logarithmic) == ("cost (MMACs)", 40.0, True)
    assert colours_of(KEYS, by, LIGHT)[0] == 0.0
    assert colour_axis(by, LIGHT)["colorbar"]["ticktext"] == ["1", "2", "5", "10", "20"]


def test_fractions_are_percent_and_a_network_without_a_value_is_grey():
    by = of([0.5, None, 0.9], scale=100)
    assert colours_of(KEYS, by, LIGHT) == [50.0, "#8a8a8a", 90.0]


def test_each_level_has_a_colour_and_a_symbol_of_its_own():
    by = of(list("uvwxyz"))
    keys = list("abcdef")
    looks = {*zip(colours_of(keys, by, DARK), symbols_of(keys, by, DARK), strict=True)}
    assert len(looks) == 6
    assert [trace.name for trace in named_levels(by, DARK)] == list("uvwxyz")


def test_of_too_many_levels_the_rarest_are_grey_together():
    by = of([*"ABCDEFGHIJ", *"ABCDEFGHIJ", "K", "L"])
    assert by.levels == (*"ABCDEFGHIJ",)
    assert colours_of(["u", "v"], by, LIGHT) == ["#8a8a8a"] * 2
    assert named_levels(by, LIGHT)[-1].name == "others"


def test_a_level_that_baselines_alone_have_is_not_in_the_legend():
    verdicts = ["baseline", "better", "worse", "baseline"]
    table = pd.DataFrame({"key": list("abcd"), "score": 0.5, "verdict": verdicts})
    assert colouring(table, "verdict", ColourColumn(title="verdict")).levels == ("better", "worse")


def test_the_ring_of_a_pick_is_seen_around_a_verdict_that_is_hollow(full):
    study = study_of(ResultsFolder(full))
    table = study.table.assign(verdict="underpowered")
    view = frontier_view(study.plan, table, cost="macs", scale="auto")
    points = tuple(replace(point, is_pick=True) for point in view.scatter.points)
    view = replace(view, scatter=replace(view.scatter, points=points))
    by = colouring(table, "verdict", ColourColumn(title="verdict"))
    symbols = {t.marker.symbol for t in frontier_figure(coloured(view, by), LIGHT).data if t.customdata}
    assert symbols == {("diamond",), ("diamond", "diamond")}


def test_bars_are_grey_where_a_column_colours_the_points(full):
    assert {t.error_y.color for t in drawn(full, "order").data if t.customdata} == {"#8a8a8a"}


def test_verdicts_have_their_colours_and_symbols():
    by = of(["better", "worse", "too few seeds"])
    assert colours_of(KEYS, by, LIGHT) == ["#009E73", "#D55E00", "#8a8a8a"]
    assert symbols_of(KEYS, by, LIGHT) == ["triangle-up", "triangle-down", "x-thin-open"]


def test_among_texts_the_baseline_is_a_black_diamond_and_no_other_point_is_black(full):
    markers = {t.customdata[0][0]: t.marker for t in drawn(full, "order").data if t.customdata}
    assert (markers["a" * 12].color, markers["a" * 12].symbol) == ("#000000", "diamond")
    assert {markers[key * 12].color for key in "bc"} == {("#0072B2",), ("#4B1A80",)}


def test_among_numbers_the_baseline_is_on_the_scale_too(full):
    figure = drawn(full, "activations")
    markers = {t.customdata[0][0]: t.marker for t in figure.data if t.customdata}
    assert [markers[key * 12].color for key in "abc"] == [(5.0,), (4.0,), (6.0,)]
    assert {marker.coloraxis for marker in markers.values()} == {"coloraxis"}
    assert figure.layout.coloraxis.colorbar.title.text == "activations (k)"
    assert all(t.opacity == 1 for t in figure.data if t.customdata)
    assert all("activations (k): " in t.hovertext[0] for t in figure.data if t.customdata)


def test_a_cloud_is_coloured_as_its_points_would_be(full):
    study = study_of(ResultsFolder(full))
    dominated = study.table[study.table["key"] == "b" * 12]
    rows = pd.concat([study.table, *[dominated] * CLOUD_FROM], ignore_index=True)
    view = frontier_view(study.plan, rows, cost="macs", scale="auto")
    by = colouring(study.table, "params", ColourColumn(title="parameters", cost="params"))
    cloud = frontier_figure(coloured(view, by), LIGHT).data[0]
    assert {*cloud.marker.color} == {981.0}
    assert cloud.marker.coloraxis == "coloraxis"
    assert tuple(cloud.customdata[0]) == ("b" * 12, "981")


@pytest.mark.parametrize(("theme", "page"), [(LIGHT, "#ffffff"), (DARK, "#191919")], ids=["light", "dark"])
def test_each_number_of_the_scale_is_seen_on_the_page(theme, page):
    """3 to 1 is what graphics need (WCAG 2.2, 1.4.11)."""
    ratios = [contrast(colour, page) for colour in theme.scale]
    assert min(ratios) >= 3
    assert ratios == sorted(ratios)


def contrast(one, other):
    """WCAG's ratio."""
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def luminance(colour):
    linear = [
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4
        for c in (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
