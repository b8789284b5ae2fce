"""One evaluation of a study: network, recipe, machine, learning curve, and how to repeat it."""

from pathlib import Path

import streamlit as st

from dashboards.charts import draw_chart
from dashboards.colours import current_theme
from dashboards.inputs import recipe_setting
from dashboards.page import Page
from dashboards.provenance.evaluation import (
    curve_figure,
    evaluations_of,
    facts,
    recipe_file,
    recipe_yaml,
    repeat_lines,
    seed_table,
)
from dashboards.provenance.pictures import trainings_with_pictures
from dashboards.query_params import option_from_url, page_url, write_to_url
from dashboards.study import Study, names_of
from dashboards.study_widgets import (
    draw_command,
    draw_missing,
    draw_problems,
    draw_retry,
    draw_studies,
    first_fitting,
)
from moat_lab.records import Evaluation
from moat_lab.report.units import NOTHING


def draw(roots: tuple[Path, ...]) -> None:
    """A study, a network and a seed, each chosen by name; and the worst images of trained weights."""
    st.title("Provenance")
    draw_studies(roots, _draw_study, writes_url=True)
    _draw_pictures(roots)


PAGE = Page(title="Provenance", draw=draw, place=6, first_study=first_fitting)


def _draw_pictures(roots: tuple[Path, ...]) -> None:
    """Figures of segmenters and detectors, the worst image first; nothing where there are none."""
    trainings = trainings_with_pictures(roots)
    if not trainings:
        return
    st.subheader("Predictions beside labels, the worst first")
    st.selectbox("Training", list(trainings), key="training", width=420)
    chosen = trainings[st.session_state["training"]]
    st.code(f"{chosen.network}\n{chosen.data}", language=None, wrap_lines=True)
    for picture in chosen.pictures:
        st.image(picture.read_bytes(), caption=picture.name)
    st.caption("Written by `moat-lab evaluate FOLDER --pictures FOLDER/worst.png`.")


def _draw_study(study: Study) -> None:
    draw_missing(study)
    _draw_chosen(study)
    draw_problems(study)


def _draw_chosen(study: Study) -> None:
    """The evaluation of the chosen network and seed."""
    names = {name: key for key, name in names_of(study.plan).items()}
    if not names:
        write_to_url("study")
        draw_command(study, "No network has been chosen yet.")
        return
    option_from_url("network", list(names))
    st.selectbox("Network", list(names), key="network", width=720)
    evaluations = evaluations_of(study, names[st.session_state["network"]])
    if not evaluations:
        write_to_url("study", "network")
        draw_command(study, "This network has not been trained yet.")
        return
    option_from_url("seed", list(evaluations))
    st.segmented_control("Seed", list(evaluations), key="seed", required=True)
    write_to_url("study", "network", "seed")
    _draw_evaluation(study, evaluations[st.session_state["seed"]])
    st.header("All seeds")
    _draw_seeds(list(evaluations.values()))


def _draw_seeds(evaluations: list[Evaluation]) -> None:
    number = st.column_config.NumberColumn
    columns = {
        "seed": number(format="%d"),
        "score": number(evaluations[0].task.metric.header, format="%.1f"),
        "train_s": number("train, s", format="%.1f"),
    }
    rows = seed_table(evaluations)
    st.dataframe(
        rows, hide_index=True, column_config=columns, placeholder=NOTHING, width="content", key="seeds"
    )


def _draw_evaluation(study: Study, chosen: Evaluation) -> None:
    if chosen.status == "failed":
        st.error("This training failed; no mean includes it.")
        st.code(chosen.error or "", language=None, wrap_lines=True)
    if chosen.status == "paused":
        st.info("This training is paused; it goes on if it is promoted.")
    if chosen.curve:
        draw_chart(curve_figure(chosen, current_theme()), "curve")
    st.code(chosen.network, language=None, wrap_lines=True)
    st.link_button(
        "Open its architecture",
        page_url("architecture", text=chosen.network, **recipe_setting(chosen.recipe)),
    )
    st.dataframe(
        facts(chosen, study.folder),
        hide_index=True,
        key="facts",
        height="content",
        width="content",
        column_config={"value": st.column_config.TextColumn(width=640)},
    )
    _draw_repeat(study, chosen)


def _draw_repeat(study: Study, chosen: Evaluation) -> None:
    st.header("Repeat it")
    st.text(f"This training alone, with the recipe below saved as {recipe_file(chosen)}:")
    st.code(repeat_lines(chosen), language="python", wrap_lines=True)
    if chosen.status == "failed":
        draw_retry(study, "The whole study; finished trainings are not repeated, failed ones are:")
    else:
        st.text("The whole study; finished trainings are not repeated:")
        st.code(study.command, language=None, wrap_lines=True)
    st.text("The recipe:")
    st.code(recipe_yaml(chosen.recipe), language="yaml")
    st.download_button(
        f"Download {recipe_file(chosen)}",
        recipe_yaml(chosen.recipe),
        recipe_file(chosen),
        icon=":material/download:",
        on_click="ignore",
    )
    st.caption(
        "On a CPU with equal versions and threads, the same network, recipe and seed give the same bits."
    )
