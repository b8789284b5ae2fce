"""A colour means one thing, on a light and on a dark page, to colour-blind readers too."""

from itertools import combinations

import numpy as np
import pytest

from dashboards.colours import DARK, LIGHT
from dashboards.kinds import colour
from moat_lab.report.effects.figure import VERDICT_MARKS
from moat_lab.report.style import BETTER, GREY, WORSE

EITHER = pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
DEFICIENCIES = {
    "protanopia": [[0.152, 1.053, -0.205], [0.115, 0.786, 0.099], [-0.004, -0.048, 1.052]],
    "deuteranopia": [[0.367, 0.861, -0.228], [0.280, 0.673, 0.047], [-0.012, 0.043, 0.969]],
    "tritanopia": [[1.256, -0.077, -0.179], [-0.078, 0.931, 0.148], [0.005, 0.691, 0.304]],
}
"""Of linear RGB: Machado, Oliveira and Fernandes 2009."""


def meanings(theme):
    """Baseline, network, context, pick, better, worse."""
    return [theme.baseline, theme.variant, GREY, theme.pick, theme.shade(BETTER), theme.shade(WORSE)]


def seen(shown, deficiency):
    """The colour in Oklab (Ottosson 2020), where equal distances look equally large, times 100."""
    rgb = np.array([int(shown[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    cones = [[0.4122, 0.5363, 0.0514], [0.2119, 0.6807, 0.1074], [0.0883, 0.2817, 0.6300]]
    lab = [[0.2105, 0.7936, -0.0041], [1.9780, -2.4286, 0.4506], [0.0259, 0.7828, -0.8087]]
    return 100 * np.array(lab) @ np.cbrt(cones @ np.clip(DEFICIENCIES[deficiency] @ linear, 0, 1))


@EITHER
def test_no_two_meanings_have_one_colour(theme):
    colours = [*meanings(theme), *theme.kinds]
    assert len({one.lower() for one in colours}) == len(colours)


@EITHER
def test_of_the_verdicts_equivalent_alone_has_the_colour_of_a_network_and_none_a_kinds_or_the_picks(theme):
    shown = {verdict: theme.shade(look.colour) for verdict, look in VERDICT_MARKS.items()}
    assert [verdict for verdict in shown if shown[verdict] == theme.variant] == ["equivalent"]
    assert not {*shown.values()} & {*theme.kinds, theme.pick}


@EITHER
def test_layers_have_a_kinds_colours_and_what_is_none_is_grey(theme):
    assert {colour(kind, theme) for kind in ("attn", "mbconv", "mlp")} == {*theme.kinds[:3]}
    assert colour("stem", theme) == colour("downsample", theme) == GREY


@EITHER
@pytest.mark.parametrize("deficiency", DEFICIENCIES)
def test_a_kind_is_told_from_all_else_without_one_sort_of_cones(theme, deficiency):
    known = {one: seen(one, deficiency) for one in (*meanings(theme), *theme.kinds)}
    pairs = [(a, b) for a, b in combinations(known, 2) if {a, b} & {*theme.kinds}]
    assert min(np.linalg.norm(known[a] - known[b]) for a, b in pairs) > 6
