"""A study on the frontier page: chart, budgets and their pick, links, downloads, table."""

from functools import partial

import pandas as pd
import streamlit as st

from dashboards.charts import chart_area, for_code_span
from dashboards.costs import COSTS, costs_of
from dashboards.frontier.budget_pick import BudgetPick, draw_pick, mark_pick, pick_under_budgets
from dashboards.frontier.colouring import colouring, study_columns
from dashboards.frontier.controls import COLOUR, SLIDERS, choose_axes, choose_colour, draw_budgets
from dashboards.frontier.figure import HEIGHT
from dashboards.frontier.links import LinkedNetwork, architecture_links, draw_links
from dashboards.frontier.selection import CHOSEN, draw_frontier_chart, selected
from dashboards.frontier.table import csv, draw_files, draw_table
from dashboards.frontier.view import coloured, frontier_view
from dashboards.inputs import recipe_setting
from dashboards.query_params import write_to_url
from dashboards.study import Study, names_of
from dashboards.study_widgets import draw_expectation
from moat_lab.analysis import question_of
from moat_lab.analysis.search_tables import plan_measurements, with_measurements
from moat_lab.metrics import LATENCY
from moat_lab.report.ablation.sentences import verdict_sentences
from moat_lab.report.scatter import MOST_LABELS
from moat_lab.report.search.pick import main_cost, pick_lines, tightest_limits

_BARS = "Bars are 95 % intervals over seeds."
_BASELINE = "The diamond is the baseline."
_TRIALS = "The number at a point is its trial; bars, from three seeds on, are 95 % intervals."
_LINE, _FAINT = "The stepped line is the frontier.", "Dominated networks are faint."
_LEGEND = """\
The pink ring is the pick. Click a point, or draw a box or a lasso around some, to see only their rows; a
double click shows all."""
_UNMEASURED = """\
Latency was not measured in this study: a search measures it where `latency_ms` is an objective or a limit."""


def draw_frontier(study: Study) -> None:
    """Chart, pick, links, table and downloads; a choice here does not read the folder again."""
    table = with_measurements(study.table, study.plan, study.outcomes)
    finished = table[table["score"].notna()]
    costs = costs_of(finished) or COSTS
    keys = selected(set(table["key"]))
    area = chart_area(HEIGHT, "chart")
    with st.container(horizontal=True, key="controls"):
        cost, scale = choose_axes(costs, None if LATENCY in costs else _UNMEASURED)
        limits = draw_budgets(finished)
        columns = study_columns(study.plan, finished)
        colour = choose_colour(columns)
    pick = _chosen(study, table, limits, cost)
    write_to_url("study", "cost", "scale", *SLIDERS.values(), COLOUR, CHOSEN)
    view = mark_pick(frontier_view(study.plan, table, cost=cost, scale=scale), pick, cost=cost)
    if colour:
        view = coloured(view, colouring(table, colour, columns[colour]))
    with area:
        draw_frontier_chart(view)
    st.caption(_legend(study, costs, is_coloured=bool(colour)))
    draw_expectation(study)
    draw_pick(pick)
    draw_links(architecture_links([_linked_network(study, key) for key in keys], _references(study, pick)))
    if not study.plan.search:
        _draw_finding(study)
    draw_table(study, table, keys)
    draw_files(study.folder.path.name, cost, partial(csv, study.plan, table), view.scatter)


def _chosen(study: Study, table: pd.DataFrame, limits: dict[str, float], cost: str) -> BudgetPick:
    """Under the sliders' budgets; a search adds its limits, and its own cost decides."""
    search = study.plan.search
    return pick_under_budgets(
        table,
        tightest_limits(search, limits) if search else limits,
        cost=main_cost(search) if search else cost,
        names=names_of(study.plan),
        describe=partial(pick_lines, metric=study.plan.task.metric),
    )


def _legend(study: Study, costs: dict[str, str], *, is_coloured: bool) -> str:
    marks = [_TRIALS if study.plan.search else _BARS, *([_BASELINE] if study.plan.baseline else []), _LINE]
    marks += [] if is_coloured else [_FAINT]
    return " ".join([*marks, _LEGEND, *([_conditions(study)] if LATENCY in costs else [])])


def _conditions(study: Study) -> str:
    """Under which the latencies were measured."""
    conditions = (m.conditions for m in plan_measurements(study.plan, study.outcomes) if LATENCY in m.values)
    lines = dict.fromkeys(", ".join(f"{name} {value}" for name, value in of.items()) for of in conditions)
    return f"Latency is a median: `{for_code_span('; '.join(lines))}`."


def _references(study: Study, pick: BudgetPick) -> dict[str, LinkedNetwork]:
    """Baseline and pick: the networks to compare with."""
    keys = {"baseline": study.plan.baseline, "pick": pick.key}
    return {role: _linked_network(study, key) for role, key in keys.items() if key}


def _linked_network(study: Study, key: str) -> LinkedNetwork:
    """The network with this key, for the images of its recipe."""
    variant = next(variant for variant in study.plan.variants if variant.key == key)
    return LinkedNetwork(text=variant.network, setting=recipe_setting(study.plan.recipe))


def _draw_finding(study: Study) -> None:
    """In words; collapsed for many networks."""
    names = {key: for_code_span(name) for key, name in names_of(study.plan).items()}
    with st.expander("The finding, in words", expanded=len(names) <= MOST_LABELS):
        score = study.plan.task.metric.title
        st.markdown(
            verdict_sentences(
                study.table, names, study.plan.margin, score=score, level=question_of(study.plan).level
            )
        )
