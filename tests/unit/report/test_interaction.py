"""Interactions of a study: table, section and figure, where its points hold all four corners."""

import math
from dataclasses import replace

import pandas as pd
import pytest

from moat_lab.analysis import DesignPoint, design_points, interaction_table
from moat_lab.analysis.factor_tables import baseline_levels
from moat_lab.records import ResultsFolder
from moat_lab.report.interaction import MOST, panels
from moat_lab.report.interaction.figure import draw_panels
from moat_lab.report.interaction.section import interaction_sections
from moat_lab.report.style import figure_bytes
from moat_lab.report.write import write_report


def known(folder):
    plan, evaluations = ResultsFolder(folder).read_plan(), ResultsFolder(folder).read().evaluations
    return plan, interaction_table(plan, evaluations), design_points(plan, evaluations)


def test_the_effect_beyond_the_sum_is_paired_by_seed(two_readings):
    _, table, _ = known(two_readings)
    (row,) = table.to_dict("records")
    assert row["reading"] == "none"
    assert (row["factor"], row["level"]) == ("w", "16")
    assert (row["other_factor"], row["other_level"]) == ("se", "1")
    assert (row["settings"], row["seeds"]) == (1, 3)
    assert row["effect"] == pytest.approx(0.12 - 0.01 / 3 - 0.01 / 3)
    assert row["p"] == row["p_adjusted"]


def test_a_reading_without_four_corners_has_no_section(two_readings):
    plan, table, _ = known(two_readings)
    sections = interaction_sections(plan, table)
    assert sections[:3] == [
        "## Interactions",
        "### As written",
        "Effects do not add up: `w=16` with `se=1` (+11.33 points).",
    ]
    assert "| `w=16` with `se=1` | 3 | 1 | +11.33 [+9.90, +12.77] | < 0.001 | better |" in sections[3]
    assert sections[4] == "![Top-1 by the levels of two factors](interactions.png)"
    assert len(sections) == 6


def test_an_interaction_that_is_not_shown_is_not_called_absent(two_readings):
    plan, table, _ = known(two_readings)
    text = interaction_sections(plan, table.assign(p_adjusted=0.2))[2]
    assert text == "No interaction is significant with these seeds, which does not show that there is none."


def test_one_factor_has_no_interactions(small):
    plan, table, _ = known(small)
    assert interaction_sections(plan, table) == []
    write_report(ResultsFolder(small))
    assert not (small / "interactions.csv").exists()


def test_table_and_figure_stand_beside_the_report(two_readings):
    text = write_report(ResultsFolder(two_readings)).read_text(encoding="utf-8")
    assert "## Interactions" in text
    assert pd.read_csv(two_readings / "interactions.csv")["effect"].tolist() == pytest.approx([0.34 / 3])
    assert (two_readings / "interactions.png").exists()
    assert not (two_readings / "interactions_macs.png").exists()


def test_of_two_networks_at_the_same_levels_a_reading_takes_its_own(two_readings):
    plan = ResultsFolder(two_readings).read_plan()
    other = replace(plan.variants[-1], key="9" * 12, matched="params")
    both = replace(plan, variants=(*plan.variants, other))
    points = design_points(both, ResultsFolder(two_readings).read().evaluations)["macs"]
    assert [(dict(p.levels), len(p.scores)) for p in points] == [
        ({"w": "8", "se": "0"}, 3),
        ({"w": "16", "se": "0"}, 3),
        ({"w": "16", "se": "1"}, 3),
    ]


def test_a_panel_is_the_means_at_each_pair_of_levels(two_readings):
    plan, table, points = known(two_readings)
    (panel,) = panels(table, points["none"], baseline_levels(plan), "top-1")
    assert (panel.along, panel.levels, panel.by) == ("se", ("0", "1"), "w")
    means = {level: [mean.mean for mean in line] for level, line in panel.lines.items()}
    assert means["8"] == pytest.approx([81.0, 81.3333], abs=1e-4)
    assert means["16"] == pytest.approx([81.3333, 93.0], abs=1e-4)
    assert panel.lines["8"][0].half_width == pytest.approx(2.4841, abs=1e-4)


def test_a_mean_is_over_the_settings_that_have_the_same_corners():
    """At z=2 one corner is missing: taking the others in would tilt the lines."""
    places = [(a, b, z) for a in "01" for b in "01" for z in "012" if (a, b, z) != ("1", "1", "2")]
    points = [
        DesignPoint(levels={"a": a, "b": b, "z": z}, scores={0: int(a) / 10 + int(z) / 100})
        for a, b, z in places
    ]
    usual = {"a": "0", "b": "0", "z": "0"}
    rows = pd.DataFrame([{"factor": "a", "level": "1", "other_factor": "b", "other_level": "1", "p": 0.5}])
    (panel,) = panels(rows, points, usual, "top-1")
    assert [mean.mean for mean in panel.lines["0"]] == pytest.approx([0.5, 10.5])
    assert [mean.mean for mean in panel.lines["1"]] == pytest.approx([0.5, 10.5])
    assert math.isnan(panel.lines["0"][0].low)


def test_of_many_pairs_those_with_the_smallest_p_are_drawn():
    names = "abcde"
    points = [
        DesignPoint(levels={n: str(i >> k & 1) for k, n in enumerate(names)}, scores={0: 0.5})
        for i in range(32)
    ]
    pairs = [(a, b) for i, a in enumerate(names) for b in names[i + 1 :]]
    rows = pd.DataFrame(
        [
            {"factor": a, "level": "1", "other_factor": b, "other_level": "1", "p": 1 - i / 10}
            for i, (a, b) in enumerate(pairs)
        ]
    )
    drawn = panels(rows, points, dict.fromkeys(names, "0"), "top-1")
    assert [(p.along, p.by) for p in drawn] == pairs[-MOST:]
    assert figure_bytes(draw_panels, drawn)[".png"].startswith(b"\x89PNG")


def test_levels_that_are_numbers_rise_and_others_begin_with_the_baselines():
    points = [
        DesignPoint(levels={"n": n, "order": order}, scores={0: 0.5, 1: 0.6})
        for n in ("3", "1", "5")
        for order in ("b", "a")
    ]
    table = pd.DataFrame(
        [
            {"factor": "n", "level": level, "other_factor": "order", "other_level": "a", "p": 0.5}
            for level in ("1", "5")
        ]
    )
    (panel,) = panels(table, points, {"n": "3", "order": "b"}, "top-1")
    assert {panel.along: panel.levels, panel.by: tuple(panel.lines)} == {
        "n": ("1", "3", "5"),
        "order": ("b", "a"),
    }
