"""A network with `where`: how many networks that is, their costs, and how many are within budgets."""

from collections.abc import Mapping
from pathlib import Path

import pandas as pd
import streamlit as st

from dashboards.charts import draw_chart
from dashboards.colours import current_theme
from dashboards.costs import COSTS, amount_of, countable
from dashboards.inputs import SETTING_KEYS, InputSetting, draw_error, draw_setting, setting_in_boxes, text_box
from dashboards.page import Page
from dashboards.query_params import option_from_url, page_url, text_from_url, write_to_url
from dashboards.space.histogram import cost_histogram, histogram_figure
from dashboards.space.sampling import (
    CostExtreme,
    Sample,
    TimeBudget,
    extremes,
    factor_table,
    feasible,
    parse_budgets,
    random_network,
    sample,
)
from moat_lab.errors import UserError
from moat_lab.grammar import Network, Space, parse
from moat_lab.report.units import count
from moat_lab.search.limits import violation

_START = (
    "stem(8, stride=1) | 1x mbconv @b(stride=1) | n x mbconv @2b | m x order @4b for 16px "
    "where b in 8..40:8, n in 1..3, m in 1..4, order in {mbconv+attn(head=8), attn(head=8)+mlp}"
)
_SAMPLE_S, _EXTREMES_S = 5.0, 3.0
"""Most that the page waits for each."""
_DRAWN = (
    "sampled uniformly with seed 0; shares and distribution are estimates, the extremes are found by "
    "coordinate descent."
)


def draw(roots: tuple[Path, ...]) -> None:
    """One space, and its budgets."""
    st.title("Space")
    text_from_url("space", _START)
    text_from_url("budgets")
    option_from_url("cost", list(COSTS))
    text_from_url("seed", "0")
    text_box("Space", "space", help="A line of text with `where`.")
    space = _parse_space(st.session_state["space"])
    text_box("Budgets", "budgets", placeholder="macs <= 3M, params <= 250k")
    budgets = _parse_budgets(st.session_state["budgets"])
    setting = setting_in_boxes()
    if isinstance(space, Network):
        st.info("This is one network. With `where` it becomes a space; alone, it has a page of its own:")
        _draw_link(space, setting)
    elif space is not None and budgets is not None and setting is not None:
        _draw_space(space, budgets, setting)
    else:
        draw_setting()
    write_to_url("space", "budgets", *SETTING_KEYS, "cost", "seed", live=("space", "budgets"))


PAGE = Page(title="Space", draw=draw, place=5)


def _parse_space(text: str) -> Space | Network | None:
    try:
        return parse(text)
    except UserError as error:
        draw_error("space", error)
        return None


def _parse_budgets(text: str) -> dict[str, float] | None:
    try:
        return parse_budgets(text)
    except UserError as error:
        draw_error("budgets", error)
        return None


def _draw_space(space: Space, budgets: Mapping[str, float], setting: InputSetting) -> None:
    drawn, ends = _sampled(str(space), setting)
    is_feasible = feasible(drawn, budgets)
    cost = st.session_state["cost"]
    view = cost_histogram(drawn.costs[cost], is_feasible, cost=cost, budget=budgets.get(cost))
    draw_chart(histogram_figure(view, current_theme()), "histogram")
    _draw_counts(space, float(is_feasible.mean()) if budgets else None)
    st.segmented_control("Cost", list(COSTS), key="cost", format_func=COSTS.__getitem__, required=True)
    st.caption(
        "Exact: all networks are counted." if drawn.is_all else f"{count(drawn.size, 'network')} {_DRAWN}"
    )
    st.code(str(space), language=None, wrap_lines=True)
    draw_setting()
    _draw_extremes(ends)
    _draw_random(space, budgets, setting)
    st.header("Its factors")
    st.dataframe(factor_table(space), hide_index=True, key="factors")


@st.cache_data(max_entries=8, show_spinner=False)
def _sampled(text: str, setting: InputSetting) -> tuple[Sample, tuple[CostExtreme, ...]]:
    """Cached for a space and a setting, whatever else changes on the page."""
    space = parse(text)
    assert isinstance(space, Space)
    drawn = sample(space, setting, is_time_left=TimeBudget(_SAMPLE_S).is_left)
    return drawn, extremes(space, drawn, setting, is_time_left=TimeBudget(_EXTREMES_S).is_left)


def _draw_counts(space: Space, share: float | None) -> None:
    """How many networks it has, and which share is within the budgets."""
    with st.container(horizontal=True, gap="large", key="counts"):
        size = f"{space.size:,}" if space.size < 10**12 else f"{space.size:.2e}"
        st.metric("networks", size, width="content")
        st.metric("factors", len(space.factors), width="content")
        if share is not None:
            st.metric("within the budgets", f"{100 * share:.1f} %", width="content")


def _draw_extremes(ends: tuple[CostExtreme, ...]) -> None:
    st.header("The extremes")
    rows = [
        {
            "": f"{end.end} {COSTS[end.cost]}",
            "amount": countable(end.amount),
            "network": end.network,
        }
        for end in ends
    ]
    number, text = st.column_config.NumberColumn, st.column_config.TextColumn
    columns = {"amount": number(format="localized", width="small"), "network": text(width="large")}
    st.dataframe(pd.DataFrame(rows), hide_index=True, column_config=columns, key="extremes")


def _draw_random(space: Space, budgets: Mapping[str, float], setting: InputSetting) -> None:
    """The network that the seed draws; the button takes the next seed."""
    st.header("One of them")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.text_input("Seed", key="seed", width=110)
        st.button("Another", icon=":material/casino:", on_click=_next_seed)
    text = st.session_state["seed"].strip()
    if not (text.isascii() and text.isdigit() and len(text) <= 9):
        draw_error("seed", UserError(f"a seed is a whole number, 0 or more; got '{text}'"))
        return
    chosen = random_network(space, int(text))
    costs = setting.cost(chosen).values
    amounts = ", ".join(amount_of(amount, name) for name, amount in costs.items())
    verdict = (
        "" if not budgets else ", beyond the budgets" if violation(costs, budgets) else ", within the budgets"
    )
    st.code(str(chosen), language=None, wrap_lines=True)
    st.text(amounts + verdict)
    _draw_link(chosen, setting)


def _next_seed() -> None:
    text = st.session_state["seed"].strip()
    st.session_state["seed"] = str(int(text) + 1 if text.isdigit() and text.isascii() else 0)


def _draw_link(network: Network, setting: InputSetting | None) -> None:
    params = {name: st.session_state[name] for name in SETTING_KEYS if st.session_state[name] and setting}
    st.link_button("Open its architecture", page_url("architecture", text=str(network), **params))
