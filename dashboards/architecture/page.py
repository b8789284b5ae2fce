"""A network as a line of text: its exact cost by layer, similar networks, downloads."""

from collections.abc import Sequence
from pathlib import Path

import streamlit as st

from dashboards.architecture.breakdown import LEVELS, breakdown_figure, breakdown_table, cost_breakdown
from dashboards.architecture.comparison import cost_table, nearest_network, spec_table
from dashboards.architecture.downloads import draw_exports
from dashboards.architecture.layers import LayerCost, layer_costs
from dashboards.architecture.published import AXES, published_figure, published_models, published_view
from dashboards.architecture.stages import stage_drawings, stages_figure
from dashboards.charts import draw_chart
from dashboards.colours import current_theme
from dashboards.costs import ADDED_UP, COSTS
from dashboards.inputs import SETTING_KEYS, InputSetting, draw_error, draw_setting, setting_in_boxes, text_box
from dashboards.page import Page
from dashboards.query_params import option_from_url, text_from_url, write_to_url
from moat_lab.costs import Cost
from moat_lab.errors import UserError
from moat_lab.grammar import Network, to_network
from moat_lab.metrics import METRICS
from moat_lab.report.units import si

_START = "tiny_moat_0"
_TOTAL_WIDTH = 140
"""Pixels, from the start: two in a line on a phone."""
_COSTS = "MACs are multiply-accumulates of one image; exact, in closed form, without building the network."


def draw(roots: tuple[Path, ...]) -> None:
    """One network, and beside it another if there is one."""
    st.title("Architecture")
    setting = _values_from_url()
    text_box("Network", "text", help="A line of text, or a name such as moat_0.")
    this = _parse("text")
    if this is None or setting is None:
        _draw_other_boxes()
        return
    cost = setting.cost(this)
    layers = layer_costs(cost)
    _draw_network(cost, layers)
    other = _draw_other_boxes()
    if other is not None:
        _draw_comparison(cost, setting.cost(other))
    chosen, by = _choose()
    _draw_breakdown(layers, chosen, by)
    _draw_published(cost, chosen)
    _draw_nearest(this)
    draw_exports(this, setting)


PAGE = Page(title="Architecture", draw=draw, place=4)


def _values_from_url() -> InputSetting | None:
    """Sets the boxes before they are drawn; the images, or None if there is a mistake in their boxes."""
    text_from_url("text", _START)
    text_from_url("other")
    option_from_url("cost", list(ADDED_UP))
    option_from_url("by", LEVELS)
    return setting_in_boxes()


def _draw_other_boxes() -> Network | None:
    """Below the network: another one, and the images. None if there is no other, or a mistake in it."""
    text_box("Compare with", "other", placeholder="another network, if you like")
    other = _parse("other") if st.session_state["other"].strip() else None
    draw_setting()
    write_to_url("text", "other", *SETTING_KEYS, "cost", "by", live=("text", "other"))
    return other


def _parse(box: str) -> Network | None:
    """The network; None after drawing the mistake under the box."""
    try:
        return to_network(st.session_state[box])
    except UserError as error:
        draw_error(box, error)
        return None


def _draw_network(cost: Cost, layers: Sequence[LayerCost]) -> None:
    """Its drawing, and what it costs in all."""
    height, width = cost.inputs.resolution
    draw_chart(stages_figure(stage_drawings(cost.network, layers), current_theme()), "stages")
    with st.container(horizontal=True, gap="large", key="counts"):
        for name in COSTS:
            amount = cost.value(name)
            st.metric(METRICS[name].label, si(amount), help=f"{amount:,}", width=_TOTAL_WIDTH)
    st.caption(
        f"{height} x {width} px, {cost.inputs.classes} classes, {cost.inputs.in_chans} channels; "
        f"key `{cost.network.key}`. {_COSTS}"
    )
    st.code(str(cost.network), language=None, wrap_lines=True)


def _choose() -> tuple[str, str]:
    """Cost and level."""
    st.header("Where the cost arises")
    with st.container(horizontal=True):
        st.segmented_control("Cost", list(ADDED_UP), key="cost", format_func=COSTS.__getitem__, required=True)
        st.segmented_control("By", LEVELS, key="by", required=True)
    return st.session_state["cost"], st.session_state["by"]


def _draw_breakdown(layers: Sequence[LayerCost], cost: str, by: str) -> None:
    figure = breakdown_figure(cost_breakdown(layers, cost=cost, by=by), current_theme())
    draw_chart(figure, "breakdown")
    number = st.column_config.NumberColumn
    columns = {name: number(title, format="localized") for name, title in ADDED_UP.items()}
    share = {"share": number("% of MACs", format="%.1f")}
    st.dataframe(breakdown_table(layers, by=by), hide_index=True, column_config=columns | share, key="table")


def _draw_published(cost: Cost, chosen: str) -> None:
    st.header("Among published models")
    axis = chosen if chosen in AXES else "macs"
    view = published_view(published_models(), cost.value(axis), cost=axis)
    if not view.dots:
        st.info("results/published/imagenet1k.csv is not there: the dashboard runs outside of a checkout.")
        return
    draw_chart(published_figure(view, current_theme()), "published")
    st.text(view.words)
    st.caption(
        "As their sources report them, for 1000 classes. The line is the network's cost, not its accuracy."
    )


def _draw_nearest(this: Network) -> None:
    nearest = nearest_network(this)
    st.header("The nearest named network")
    st.text(f"This is {nearest.name}." if nearest.is_same else f"{nearest.name}, with these differences:")
    for line in nearest.words:
        st.text(f"• {line}")
    st.caption(nearest.source)


def _draw_comparison(this: Cost, other: Cost) -> None:
    st.header("Compared")
    st.text("The other:")
    figure = stages_figure(stage_drawings(other.network, layer_costs(other)), current_theme())
    draw_chart(figure, "stages of the other")
    number = st.column_config.NumberColumn
    st.dataframe(
        cost_table(this, other),
        hide_index=True,
        key="costs compared",
        column_config={name: number(format="localized") for name in ("this", "other")}
        | {"difference": number("this - other", format="localized"), "percent": number("%", format="%+.1f")},
    )
    text = st.column_config.TextColumn
    st.dataframe(
        spec_table(this.network, other.network),
        hide_index=True,
        key="parts compared",
        column_config={
            "part": text(width="small"),
            "this": text(width="medium"),
            "other": text(width="medium"),
        },
    )
