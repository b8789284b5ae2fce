"""The effects of a study against its baseline: how sure they are, and whether they were expected."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

import pandas as pd
import streamlit as st

from dashboards.ablation.effects import effects_figure
from dashboards.ablation.lines import curves_figure, interaction_figure
from dashboards.charts import draw_chart, for_code_span
from dashboards.colours import current_theme
from dashboards.page import Page
from dashboards.study import Study, names_of, over_cells
from dashboards.study_widgets import (
    Misfit,
    draw_command,
    draw_counts,
    draw_expectation,
    draw_missing,
    draw_problems,
    draw_question,
    draw_studies,
    first_fitting,
)
from moat_lab.analysis import curves, design_points, interaction_table, main_effects, question_of
from moat_lab.analysis.factor_tables import baseline_levels
from moat_lab.records import Evaluation, Plan
from moat_lab.report.ablation.sentences import number_tested, verdict_sentences
from moat_lab.report.claims import checked_claims
from moat_lab.report.claims.section import source_effect, tally
from moat_lab.report.effects import effects_info
from moat_lab.report.effects.fractional import design_words, main_effects_info
from moat_lab.report.factors import factor_titles
from moat_lab.report.interaction import panels
from moat_lab.report.learning import curves_info
from moat_lab.report.names import reading_title, rows_by_reading

_LEGEND = """\
Bars are 95 % intervals of each effect, paired by seed; the symbol is the verdict after Holm's correction over
all variants. The grey band is the study's margin, if it states one: smaller effects do not matter."""

_INTERACTIONS = """\
Parallel lines add up. The diamond is the baseline's level. Bars are 95 % intervals of each mean, unpaired."""
_CURVES = """\
Lines are means over seeds; bands reach from the lowest to the highest seed. The thickest is the baseline;
each other has the colour and the symbol of its verdict: grey is neither better nor worse nor equivalent."""
_FIRST = "Of two readings they show the first."
_READINGS = """\
As written: each variant as the study writes it. At the baseline's cost: with its widths scaled until it costs
as much."""

_SEARCHES = Misfit(
    is_search=True,
    text="This study is a search: it compares no network with a baseline. Its pick and its growth:",
    page="search",
)


def draw(roots: tuple[Path, ...]) -> None:
    """One of the studies that compare networks with a baseline, chosen by name."""
    st.title("Ablation")
    draw_studies(roots, _draw_study, misfit=_SEARCHES)


PAGE = Page(title="Ablation", draw=draw, place=2, first_study=partial(first_fitting, misfit=_SEARCHES))


def _draw_study(study: Study) -> None:
    draw_question(study)
    draw_missing(study)
    if study.progress.finished:
        evaluations = study.reading.evaluations
        _draw_main_effects(study.plan, evaluations)
        over = over_cells(study)
        _draw_effects(over)
        draw_expectation(study)
        _draw_claims(study, over.table)
        _draw_interactions(study.plan, evaluations)
        _draw_curves(study.plan, study.table, evaluations)
    else:
        draw_expectation(study)
        draw_command(study, "Nothing has finished yet.")
    draw_counts(study)
    draw_problems(study)


def _draw_main_effects(plan: Plan, evaluations: Sequence[Evaluation]) -> None:
    """Of a fractional design: the effect of each factor, and what the design cannot separate."""
    if not plan.is_fraction:
        return
    st.header("Main effects")
    st.markdown(design_words(plan))
    info = main_effects_info(plan, main_effects(plan, evaluations))
    if info.rows:
        draw_chart(effects_figure(info, current_theme()), "main_effects")
    st.header("Each network against the baseline")


def _draw_effects(study: Study) -> None:
    info = effects_info(study.plan, study.table)
    if info.rows:
        draw_chart(effects_figure(info, current_theme()), "effects")
        st.caption(_LEGEND if len(info.readings) < 2 else f"{_LEGEND} {_READINGS}")
    names = {key: for_code_span(name) for key, name in names_of(study.plan).items()}
    for reading, rows in rows_by_reading(study.plan, study.table).items():
        if len(study.plan.match) > 1:
            st.header(reading_title(reading))
        compared, score = number_tested(study.table), study.plan.task.metric.title
        st.markdown(
            verdict_sentences(
                rows,
                names,
                study.plan.margin,
                score=score,
                compared=compared,
                level=question_of(study.plan).level,
            )
        )
    for sentence in study.plan.unmatched:
        st.text(sentence)


def _draw_claims(study: Study, table: pd.DataFrame) -> None:
    """The study's claims and the verdict on each."""
    claims = checked_claims(study.plan, table, study.outcomes.evaluations)
    if not claims:
        return
    st.header("Against the expected answer")
    st.text(f"Of the claims: {tally(claims)}.")
    rows = [
        {
            "variant": c.variant,
            "reading": reading_title(c.reading),
            "claim": c.stated.claim,
            "kind": c.stated.kind,
            "source's effect": source_effect(c),
            "effect, points": c.evidence,
            "agreement": c.agreement,
        }
        for c in claims
    ]
    st.dataframe(pd.DataFrame(rows), hide_index=True, key="claims")


def _draw_interactions(plan: Plan, evaluations: Sequence[Evaluation]) -> None:
    """Top-1 by the levels of two factors, as written, where all four corners were trained."""
    reading, table = plan.match[0], interaction_table(plan, evaluations)
    rows, points = table[table["reading"] == reading], design_points(plan, evaluations)
    if rows.empty:
        return
    st.header("Interactions")
    score, titles = plan.task.metric.title, factor_titles(plan)
    for i, panel in enumerate(panels(rows, points[reading], baseline_levels(plan), score, titles)):
        draw_chart(interaction_figure(panel, current_theme()), f"interaction{i}")
    st.caption(_INTERACTIONS)


def _draw_curves(plan: Plan, table: pd.DataFrame, evaluations: Sequence[Evaluation]) -> None:
    """Of the first reading: the scaled networks would hide those as written."""
    keys = {variant.key for variant in plan.readings[plan.match[0]]}
    lines, verdicts = curves(plan, evaluations), dict(zip(table["key"], table["verdict"], strict=True))
    info = curves_info(lines[lines["key"].isin(keys)], names_of(plan), verdicts, plan.task.metric.title)
    if info.lines:
        st.header("Learning curves")
        draw_chart(curves_figure(info, current_theme()), "curves")
        st.caption(_CURVES if len(plan.match) < 2 else f"{_CURVES} {_FIRST}")
