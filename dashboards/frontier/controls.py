"""The controls of the frontier page: axes, budgets, the column that colours the points."""

import math
from collections.abc import Iterable, Mapping

import pandas as pd
import streamlit as st

from dashboards.costs import COSTS, MEASURED, amount_of, costs_of, title
from dashboards.frontier.colouring import NO_COLUMN, ColourColumn
from dashboards.frontier.view import SCALES
from dashboards.query_params import option_from_url
from moat_lab.errors import UserError
from moat_lab.search.limits import amount

NO_LIMIT = ""
SLIDERS = {cost: f"max_{cost}" for cost in COSTS | MEASURED}
"""Cost -> key of its slider and of its query parameter."""
COLOUR = "colour"
"""Key of the box, and query parameter."""
_STEPS = 24
_PREFIXES = ((1e9, "G"), (1e6, "M"), (1e3, "k"), (1.0, ""))


def choose_axes(costs: Mapping[str, str], why: str | None = None) -> tuple[str, str]:
    """Cost and scale; `why` tells why a cost is missing."""
    option_from_url("cost", list(costs))
    option_from_url("scale", SCALES)
    with st.container(horizontal=True, width="content"):
        st.segmented_control(
            "Cost", list(costs), key="cost", format_func=costs.__getitem__, required=True, help=why
        )
        st.segmented_control("Scale", SCALES, key="scale", required=True)
    return st.session_state["cost"], st.session_state["scale"]


def choose_colour(columns: Mapping[str, ColourColumn]) -> str:
    """The column that colours the points; NO_COLUMN where none does."""
    options = [NO_COLUMN, *columns]
    option_from_url(COLOUR, options)
    chosen = st.selectbox(
        "Colour by",
        options,
        key=COLOUR,
        format_func=lambda name: columns[name].title if name else "nothing",
        width=220,
    )
    return str(chosen)


def steps(values: Iterable[float]) -> list[str]:
    """Amounts in equal ratios from the least of the values, which the first allows, to the most.

    Three digits each, as `1.24M`; none if all are equal.
    """
    positive = [value for value in values if value > 0]
    if not positive or min(positive) == max(positive):
        return []
    least, ratio = min(positive), max(positive) / min(positive)
    return list(dict.fromkeys(_amount_text(least * ratio ** (i / _STEPS)) for i in range(_STEPS)))


def draw_budgets(table: pd.DataFrame) -> dict[str, float]:
    """A slider for each cost in which the finished networks differ; gives cost -> most, where it is set."""
    finished = table[table["score"].notna()]
    limits: dict[str, float] = {}
    with st.container(horizontal=True, width="content", key="limits"):
        for cost, key in SLIDERS.items():
            has_cost = cost in costs_of(finished)
            chosen = _draw_slider(cost, key, steps(finished[cost].dropna()) if has_cost else [])
            if chosen != NO_LIMIT:
                limits[cost] = amount(chosen)
    return limits


def _draw_slider(cost: str, key: str, options: list[str]) -> str:
    """The chosen amount; the URL's amount is one of the options. Without options there is no slider."""
    if not options:
        st.session_state[key] = NO_LIMIT
        return NO_LIMIT
    from_url = st.query_params.get(key, NO_LIMIT)
    amounts = {*options, from_url} if _is_amount(from_url) else set(options)
    ordered = [*sorted(amounts, key=amount), NO_LIMIT]
    option_from_url(key, ordered, NO_LIMIT)
    chosen = st.select_slider(
        f"{title(cost)}, at most",
        ordered,
        key=key,
        format_func=lambda text: amount_of(amount(text), cost) if text else "no limit",
        width=190,
    )
    return str(chosen)


def _is_amount(text: str) -> bool:
    try:
        return amount(text) > 0
    except UserError:
        return False


def _amount_text(value: float) -> str:
    """Three digits, rounded up, so that a network of this cost is within it."""
    digits = 10.0 ** (math.floor(math.log10(value)) - 2)
    rounded = math.ceil(round(value / digits, 6)) * digits
    factor, prefix = next((pair for pair in _PREFIXES if rounded >= pair[0]), _PREFIXES[-1])
    return f"{float(f'{rounded / factor:.3g}'):g}{prefix}"
