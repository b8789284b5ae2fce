"""Where a cost arises, as values; a bar's parts add up to it, and bars to the cost."""

import pytest

import moat_lab
from dashboards.architecture.breakdown import breakdown_figure, breakdown_table, cost_breakdown
from dashboards.architecture.layers import layer_costs
from dashboards.colours import LIGHT

TEXT = "stem(8) | 1x mbconv @16 | 2x attn(head=8)+mlp+attn(head=8) @16 for 32px"


@pytest.fixture
def layers():
    return layer_costs(moat_lab.cost(TEXT))


def names(view):
    return [bar.name for bar in view.bars]


def test_by_stage_a_bar_is_divided_by_kind_of_layer(layers):
    view = cost_breakdown(layers, cost="params", by="stage")
    assert names(view) == ["stem", "stage 1", "stage 2", "head"]
    assert list(view.bars[2].amounts) == ["downsample", "attn", "mlp"]
    assert view.kinds == ("stem", "mbconv", "downsample", "attn", "mlp", "head")


def test_by_block_and_by_layer_every_bar_has_a_name_of_its_own(layers):
    assert names(cost_breakdown(layers, cost="macs", by="block"))[1:4] == [
        "stage 1 block 1",
        "stage 2 downsample",
        "stage 2 block 1",
    ]
    by_layer = names(cost_breakdown(layers, cost="macs", by="layer"))
    assert by_layer[3:6] == ["stage 2 block 1 attn", "stage 2 block 1 mlp", "stage 2 block 1 attn 2"]
    assert len(set(by_layer)) == len(by_layer)


@pytest.mark.parametrize("by", ["stage", "block", "layer"])
@pytest.mark.parametrize("cost", ["macs", "params", "activations"])
def test_bars_and_rows_add_up_to_the_cost(layers, by, cost):
    whole = getattr(moat_lab.cost(TEXT), cost)
    view = cost_breakdown(layers, cost=cost, by=by)
    assert sum(bar.total for bar in view.bars) * view.unit.factor == pytest.approx(whole)
    assert sum(bar.share for bar in view.bars) == pytest.approx(1)
    assert breakdown_table(layers, by=by)[cost].sum() == whole


def test_a_part_stands_below_the_middle_of_its_bars(layers):
    assert cost_breakdown(layers, cost="macs", by="block").parts == {
        "stem": 0.0,
        "stage 1": 1.0,
        "stage 2": 3.0,
        "head": 5.0,
    }


def test_the_figure_has_a_trace_for_each_kind(layers):
    figure = breakdown_figure(cost_breakdown(layers, cost="macs", by="layer"), LIGHT)
    rest = "stem, head, downsampling"
    assert [trace.name for trace in figure.data] == [rest, "mbconv", rest, "attn", "mlp", rest]
    assert [trace.showlegend for trace in figure.data] == [True, True, False, True, True, False]
    assert figure.data[3].hovertext[0].startswith("<b>stage 2 block 1 attn</b><br>")
