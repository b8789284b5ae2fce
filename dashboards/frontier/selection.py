"""Which variants are selected on a chart."""

from collections.abc import Mapping
from typing import Any


def selected_keys(state: Mapping[str, Any]) -> list[str]:
    """The variant keys that the selected points carry first in their `customdata`, each once."""
    points = state.get("selection", {}).get("points", [])
    return list(dict.fromkeys(str(point["customdata"][0]) for point in points if point.get("customdata")))
