"""What the drawing of a network says, as values."""

import pytest

import moat_lab
from dashboards.architecture.layers import layer_costs
from dashboards.architecture.stages import stage_drawings, stages_figure
from dashboards.colours import LIGHT


def drawings(text, resolution=None):
    cost = moat_lab.cost(text, resolution)
    return stage_drawings(cost.network, layer_costs(cost))


def test_a_stage_says_resolution_width_blocks_and_windows():
    found = drawings(
        "stem(8) | 1x mbconv @16 | 2x attn(head=8, window=4), 1x attn(head=8, grid=2)+mlp @32 for 32px"
    )
    assert [one.lines for one in found] == [
        ("16 x 16 px", "width 8"),
        ("8 x 8 px", "width 16", "1x mbconv"),
        (
            "4 x 4 px",
            "width 32",
            "2x attn(window=4, head=8)",
            "1x attn(grid=2, head=8)+mlp",
            "in windows of 4",
            "over a grid of 2",
        ),
        ("1000 outputs",),
    ]


def test_blocks_are_their_layers_in_order():
    stage = drawings("stem(8) | 2x mbconv+attn(head=8) @16 for 32px")[1]
    assert [[layer.kind for layer in block] for block in stage.blocks] == [["mbconv", "attn"]] * 2
    assert stage.lines[-1] == "over the whole map"


def test_the_maps_are_those_of_the_resolution_asked_for():
    assert drawings("tiny_moat_0", (256, 128))[1].lines[0] == "64 x 32 px"


def test_what_is_drawn_wider_than_its_column_would_cover_the_next():
    figure = stages_figure(drawings("moat_3"), LIGHT)
    stage = [(x, w) for bar in figure.data for x, w in zip(bar.x, bar.width, strict=True) if round(x) == 3]
    assert min(x - w / 2 for x, w in stage) == pytest.approx(2.6)
    assert max(x + w / 2 for x, w in stage) <= 3.4


def test_the_text_of_many_columns_is_broken_into_shorter_lines():
    few, many = "stem(8) | 1x mbconv+attn(head=8) @8 for 32px", "1x mbconv+attn(head=8) @8(stride=1)"
    label = stages_figure(drawings(few), LIGHT).layout.annotations[1].text
    assert "<br>1x mbconv+attn(head=8)<br>" in label
    crowded = drawings(f"stem(8) | {' | '.join([many] * 10)} for 32px")
    label = stages_figure(crowded, LIGHT).layout.annotations[1].text
    assert "<br>1x mbconv+<br>attn(head=8)<br>" in label
