"""Attention's windows, its table of positions, and the widths it runs at."""

import pytest

from moat_lab.blocks.attn import Attn
from moat_lab.blocks.layer import Setting
from moat_lab.ops import Shape

MAP = (14, 10)


@pytest.mark.parametrize(
    ("layer", "table"),
    [
        (Attn(), (14, 10)),
        (Attn(window=7), (7, 7)),
        (Attn(grid=(7, 5)), (7, 5)),
        (Attn(pos=4), (4, 4)),
        (Attn(window=7, pos=(4, 3)), (4, 3)),
        (Attn(window=20), (20, 20)),
        (Attn(pos="none"), None),
        (Attn(window=7, pos="none"), None),
        (Attn(weights="uniform"), None),
    ],
)
def test_the_table_is_made_for_pos_or_else_the_window_or_else_the_map(layer, table):
    assert layer.table(MAP) == table


@pytest.mark.parametrize(
    ("layer", "width", "problem"),
    [
        (Attn(), 32, None),
        (Attn(head=8), 24, None),
        (Attn(), 100, "attention needs a width divisible by head; got width 100, head 32. Nearest: 96, 128"),
        (Attn(), 16, "attention needs a width divisible by head; got width 16, head 32. Nearest: 32"),
        (Attn(window=7, grid=7), 32, "attention takes a window or a grid, not both"),
        (Attn(window=7, shift=3), 32, None),
        (
            Attn(window=7, shift=7),
            32,
            "attention takes a shift with a window that is larger; got shift 7, window 7",
        ),
        (
            Attn(shift=(3, 1)),
            32,
            "attention takes a shift with a window that is larger; got shift 3x1, window global",
        ),
        (
            Attn(grid=7, shift=3),
            32,
            "attention takes a shift with a window that is larger; got shift 3, window global",
        ),
        (Attn(weights="uniform"), 7, None),
    ],
)
def test_the_width_is_checked_before_it_is_built(layer, width, problem):
    assert layer.problem(width) == problem


def test_a_table_has_one_number_for_every_head_and_offset():
    def params(pos):
        op = Attn(head=8, pos=pos).lower(Setting(in_width=16, width=16, map=MAP))
        return op.count(Shape(16, *MAP)).params

    assert params("rel") - params("none") == 2 * (2 * 14 - 1) * (2 * 10 - 1)
    assert params(4) - params("none") == 2 * 7 * 7


@pytest.mark.parametrize(
    ("layer", "tokens"), [(Attn(head=8), 64), (Attn(head=8, window=4), 16), (Attn(head=8, grid=(2, 4)), 8)]
)
def test_every_pixel_attends_to_the_pixels_of_its_window_or_grid(layer, tokens):
    op = layer.lower(Setting(in_width=16, width=16, map=(8, 8)))
    projections, products = 4 * 16 * 16, 2 * 16 * tokens
    assert op.count(Shape(16, 8, 8)).macs == 64 * (projections + products)


@pytest.mark.parametrize("options", [{"head": 8}, {"pos": "none"}, {"pos": 4, "head": 16}], ids=str)
def test_a_uniform_average_has_no_heads_and_no_positions(options):
    assert Attn(weights="uniform", window=4, **options) == Attn(weights="uniform", window=4)
