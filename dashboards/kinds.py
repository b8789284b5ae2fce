"""One colour for each kind of layer, in every figure."""

from collections.abc import Sequence
from itertools import cycle
from typing import Any

from dashboards.charts import for_plotly
from dashboards.colours import Theme
from moat_lab.blocks import LAYERS
from moat_lab.report.style import GREY

REST = "stem, head, downsampling"
"""What is no kind of layer."""


def colour(kind: str, theme: Theme) -> str:
    """A layer's; grey for stem, head and downsampling."""
    return dict(zip(LAYERS, cycle(theme.kinds), strict=False)).get(kind, GREY)


def legends(kinds: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Kind -> what a trace of plotly takes: a layer is an entry, all that is grey together the last one."""
    entries = {kind: kind if kind in LAYERS else REST for kind in kinds}
    firsts = {entries[kind]: kind for kind in reversed(kinds)}
    return {
        kind: {
            "name": for_plotly(entry),
            "legendgroup": entry,
            "legendrank": 1001 if entry == REST else 1000,
            "showlegend": firsts[entry] == kind,
        }
        for kind, entry in entries.items()
    }
