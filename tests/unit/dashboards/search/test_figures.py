"""All networks of a search at once, as they are drawn."""

import numpy as np
import pandas as pd

from dashboards.colours import DARK
from dashboards.search.figures import parallel_figure

LEVELS = pd.DataFrame({"a": ["4", "16", "4"], "order": ["attn+mlp", "mbconv", "mbconv"]})
COSTS = pd.DataFrame({"macs": [2_651_800, 327_600, 500_000], "grad_norm": [1.0, 2.0, 3.0]})
ALL = np.array([True, True, True])
TOP1 = pd.Series([0.9, 0.92, 0.95], name="top-1 (%)")


def test_axes_have_the_units_of_the_page_and_ticks_at_the_levels():
    axes = parallel_figure(LEVELS, COSTS, TOP1, DARK, shown=ALL).data[0].dimensions
    assert [axis.label for axis in axes] == ["a", "order", "MMACs", "grad_norm", "top-1 (%)"]
    assert (axes[0].tickvals, axes[1].ticktext) == ((4, 16), ("attn+mlp", "mbconv"))
    assert list(axes[2].values) == [2.6518, 0.3276, 0.5]


def test_the_best_has_the_colour_of_a_variant_on_the_theme():
    line = parallel_figure(LEVELS, COSTS, TOP1, DARK, shown=ALL).data[0].line
    assert line.colorscale == ((0, "#5c5c5c"), (1, "#56B4E9"))
    assert list(line.color) == [90, 92, 95]


def test_some_of_the_lines_have_the_axes_and_the_colours_of_all():
    figure = parallel_figure(LEVELS, COSTS, TOP1, DARK, shown=np.array([False, True, False]))
    axes, line = figure.data[0].dimensions, figure.data[0].line
    assert [list(axis.values) for axis in axes] == [[16], [1], [0.3276], [2.0], [92.0]]
    assert (axes[0].range, axes[1].range, axes[3].range) == ((4, 16), (0, 1), (1, 3))
    assert (line.cmin, line.cmax, list(line.color)) == (90, 95, [92])
