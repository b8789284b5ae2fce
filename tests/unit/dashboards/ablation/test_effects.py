"""What the chart shows, as values."""

from dataclasses import replace

from dashboards.ablation.effects import effects_figure
from dashboards.colours import DARK, LIGHT
from dashboards.study import study_of
from moat_lab.records import ResultsFolder
from moat_lab.report.effects import effects_info


def info_of(folder, **fields):
    study = study_of(ResultsFolder(folder))
    plan = replace(study.plan, **fields)
    return effects_info(plan, study.table)


def test_each_effect_stands_in_its_row_with_its_verdicts_mark(full):
    figure = effects_figure(info_of(full), LIGHT)
    drawn = [trace for trace in figure.data if trace.showlegend]
    assert {trace.name: (trace.marker.symbol, list(trace.y)) for trace in drawn} == {
        "not distinguishable": ("circle-open", [0.0, 1.0])
    }
    assert list(figure.layout.yaxis.ticktext) == ["attn+mbconv", "attn+mlp"]


def test_a_margin_is_a_band_and_zero_is_seen_on_either_theme(full):
    light, dark = (effects_figure(info_of(full, margin=0.005), theme) for theme in (LIGHT, DARK))
    band, zero = light.layout.shapes
    assert (band.x0, band.x1) == (-0.5, 0.5)
    assert (zero.line.color, dark.layout.shapes[1].line.color) == ("#000000", "#ffffff")
    assert len(effects_figure(info_of(full), LIGHT).layout.shapes) == 1


def test_text_from_files_is_no_markup(full):
    study = study_of(ResultsFolder(full))
    first, *rest = study.plan.variants
    hostile = replace(rest[1], factors={"order": "<b>x</b>"})
    plan = replace(study.plan, variants=(first, rest[0], hostile))
    figure = effects_figure(effects_info(plan, study.table), LIGHT)
    assert figure.layout.yaxis.ticktext[1] == "&lt;b&gt;x&lt;/b&gt;"


def test_verdicts_keep_their_colours_on_dark(make):
    tops = {"mbconv+attn": [0.9, 0.901], "attn+mbconv": [0.95, 0.951], "attn+mlp": [0.8, 0.801]}
    drawn = [effects_figure(info_of(make(tops)), theme).data for theme in (LIGHT, DARK)]
    light, dark = ({t.name: t.marker.color for t in traces if t.showlegend} for traces in drawn)
    assert light == dark == {"better": "#009E73", "worse": "#D55E00"}
