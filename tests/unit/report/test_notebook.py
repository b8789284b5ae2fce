"""Results in a notebook are the report's."""

from pathlib import Path

import pandas as pd
import pytest

import moat_lab
from moat_lab.errors import UserError

RESULTS = Path(__file__).parents[3] / "results"


def test_the_table_is_that_of_the_report():
    table = moat_lab.results(RESULTS / "ablate_se").table()
    written = pd.read_csv(RESULTS / "ablate_se" / "summary.csv")
    assert table["verdict"].tolist() == written["verdict"].tolist()
    assert table["effect"].tolist() == pytest.approx(written["effect"].tolist(), nan_ok=True)


def test_figures_are_those_of_the_report():
    results = moat_lab.results(RESULTS / "ablate_se")
    assert results.effects().content("png")[".png"] == (RESULTS / "ablate_se" / "effects.png").read_bytes()
    macs = (RESULTS / "ablate_se" / "accuracy_macs.png").read_bytes()
    assert results.frontier().content("png")[".png"] == macs
    assert results.curves()._repr_png_()[1] == {"width": 525}


def test_a_search_has_a_frontier_and_says_that_it_has_no_effects():
    results = moat_lab.results(RESULTS / "search_tiny_widths")
    assert len(results.frontier().info.points) == 60
    with pytest.raises(UserError, match=r"search\n  it has \.table\(\) and \.frontier\(\)"):
        results.effects()


def test_a_notebook_shows_question_levels_and_effects():
    shown = moat_lab.results(RESULTS / "ablate_se")._repr_html_()
    assert shown.startswith("<b>ablate_se</b>: Does squeeze-and-excitation help")
    assert "<th>moat</th>" in shown
    assert "<th>effect</th>" in shown
    assert "<th>images_per_s</th>" not in shown


def test_a_cost_that_has_no_figure_is_refused():
    with pytest.raises(UserError, match="cost: macs or params is needed; got 'latency'"):
        moat_lab.results(RESULTS / "ablate_se").frontier("latency")


def test_a_folder_that_is_not_there_is_named_with_the_nearest():
    with pytest.raises(UserError, match="did you mean 'ablate_order'"):
        moat_lab.results("ablate_orde")
