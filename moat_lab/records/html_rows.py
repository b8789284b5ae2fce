"""Names and values as notebooks show them: HTML without scripts or files."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape


def two_rows_html(title: str, shown: Mapping[str, str]) -> str:
    """A line of code, and below it names over their values."""
    names = "".join(f"<th>{escape(name)}</th>" for name in shown)
    values = "".join(f"<td>{escape(value)}</td>" for value in shown.values())
    return f"<code>{escape(title)}</code><table><tr>{names}</tr><tr>{values}</tr></table>"
