"""Sliders for the most that a network may cost."""

import math
from collections.abc import Iterable

import pandas as pd
import streamlit as st

from dashboards.costs import COSTS, MEASURED, amount_of, costs_of, title
from dashboards.query_params import option_from_url
from moat_lab.errors import UserError
from moat_lab.search.limits import amount

NO_LIMIT = ""
_STEPS = 24
_PREFIXES = ((1e9, "G"), (1e6, "M"), (1e3, "k"), (1.0, ""))


SLIDERS = {cost: f"max_{cost}" for cost in COSTS | MEASURED}
"""Cost -> the key of its slider, and its name in the address."""


def steps(values: Iterable[float]) -> list[str]:
    """Amounts in equal ratios from the least of the values, which the first still allows, to the most.

    Three digits each, as `1.24M`; none where all are equal.
    """
    known = [value for value in values if value > 0]
    if not known or min(known) == max(known):
        return []
    ratio = max(known) / min(known)
    return list(dict.fromkeys(_text(min(known) * ratio ** (i / _STEPS)) for i in range(_STEPS)))


def draw_budgets(table: pd.DataFrame) -> dict[str, float]:
    """A slider for each cost in which the finished networks differ; cost -> most, where one is set."""
    finished = table[table["top1"].notna()]
    limits: dict[str, float] = {}
    with st.container(horizontal=True, width="content", key="limits"):
        for cost, key in SLIDERS.items():
            known = cost in costs_of(finished)
            chosen = _draw_slider(cost, key, steps(finished[cost].dropna()) if known else [])
            if chosen != NO_LIMIT:
                limits[cost] = amount(chosen)
    return limits


def _draw_slider(cost: str, key: str, options: list[str]) -> str:
    """What is chosen; an amount that the address asks for is among the options. No slider without them."""
    if not options:
        st.session_state[key] = NO_LIMIT
        return NO_LIMIT
    asked = st.query_params.get(key, NO_LIMIT)
    known = {*options, asked} if _is_amount(asked) else set(options)
    ordered = [*sorted(known, key=amount), NO_LIMIT]
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


def _text(value: float) -> str:
    """Three digits, rounded up, so that a network of this cost is within it."""
    digits = 10.0 ** (math.floor(math.log10(value)) - 2)
    rounded = math.ceil(round(value / digits, 6)) * digits
    factor, prefix = next((pair for pair in _PREFIXES if rounded >= pair[0]), _PREFIXES[-1])
    return f"{float(f'{rounded / factor:.3g}'):g}{prefix}"
