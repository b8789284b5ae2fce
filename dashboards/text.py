"""Text from files, made safe for what would read marks in it. Where nothing reads marks, use `st.text`."""

import html


def for_plotly(text: str) -> str:
    """One line that plotly shows as it is: no tags, no formulas."""
    return html.escape(_one_line(text), quote=False).replace("$", "&#36;")


def for_code_span(text: str) -> str:
    """One line that stays inside Markdown's backticks."""
    return _one_line(text).replace("`", "'")


def _one_line(text: str) -> str:
    return " ".join(text.split())
