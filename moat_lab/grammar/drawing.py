"""Networks and spaces as notebooks show them: HTML without scripts or files."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

_ROW = "display:flex;align-items:flex-end;gap:4px;font:12px monospace"
_BOX = "border:1px solid;padding:4px;border-radius:3px"


def boxes_html(boxes: Sequence[tuple[str, str]], below: str) -> str:
    """Boxes from left to right, each with a title and what it holds, one `|` for a line; a text below."""
    drawn = "".join(
        f'<div style="{_BOX}"><b>{escape(title)}</b><br>{escape(text).replace("|", "<br>")}</div>'
        for title, text in boxes
    )
    return f'<div style="{_ROW}">{drawn}</div><code>{escape(below)}</code>'


def factors_html(size: int, factors: Sequence[tuple[str, str]], below: str) -> str:
    """How many networks a space has, and the levels of each factor; a text below."""
    rows = "".join(f"<tr><td>{escape(name)}</td><td>{escape(levels)}</td></tr>" for name, levels in factors)
    head = "<tr><th>factor</th><th>levels</th></tr>"
    return f"{size:,} networks<table>{head}{rows}</table><code>{escape(below)}</code>"
