"""A results folder -> the same folder with its report."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from moat_lab.analysis import (
    averaged,
    averaged_summary,
    cell_table,
    curves,
    design_points,
    interaction_table,
    main_effects,
    summary,
)
from moat_lab.analysis.factor_tables import baseline_levels
from moat_lab.analysis.search_tables import hypervolume_by_trial, search_summary
from moat_lab.analysis.tables import with_score_names
from moat_lab.files import write_atomically
from moat_lab.records import Evaluation, Plan, ResultsFolder, Search
from moat_lab.report.ablation import ablation_markdown
from moat_lab.report.ablation.latex import latex_table
from moat_lab.report.calibration import write_calibration_report
from moat_lab.report.comparison_figures import curves_figure, effects_figure, scatter_figure
from moat_lab.report.effects.figure import draw_effects
from moat_lab.report.effects.fractional import main_effects_info
from moat_lab.report.factors import factor_titles
from moat_lab.report.interaction import panels
from moat_lab.report.interaction.figure import draw_panels
from moat_lab.report.interaction.section import figure_name
from moat_lab.report.scatter.figure import draw_scatter
from moat_lab.report.search import search_markdown
from moat_lab.report.search.figure import draw_trace, search_scatter_info
from moat_lab.report.search.pick import main_cost
from moat_lab.report.style import figure_bytes


def write_report(folder: ResultsFolder) -> Path:
    """The folder's report.md, with tables and figures beside it, from plan.json and evaluations/*.json.

    The same evaluations give the same bytes. Files are written atomically. The folder of a calibration
    holds folders of its schedules, and a report over them.

    Raises:
        UserError: `folder` holds no plan, or a damaged one.
    """
    if (calibration := folder.read_calibration()) is not None:
        return write_calibration_report(folder, calibration)
    plan = folder.read_plan()
    files = _search_files(plan, plan.search, folder) if plan.search else _comparison_files(plan, folder)
    for name, content in files.items():
        write_atomically(folder.path / name, content)
    return folder.report_file


def _comparison_files(plan: Plan, folder: ResultsFolder) -> dict[str, str | bytes]:
    """File name -> content, of a study that trains all of its space. The report comes last."""
    reading = folder.read()
    table, lines = averaged_summary(plan, reading.evaluations), curves(plan, reading.evaluations)
    return {
        folder.summary_file.name: _csv(with_score_names(table, plan)),
        "curves.csv": _csv(with_score_names(lines, plan)),
        "table.tex": latex_table(averaged(plan), table),
        **_figures(plan, table, lines),
        **_cells(plan, reading.evaluations),
        **_main_effects(plan, reading.evaluations),
        **_interactions(plan, reading.evaluations),
        folder.report_file.name: ablation_markdown(plan, reading, table, folder),
    }


def _cells(plan: Plan, evaluations: Sequence[Evaluation]) -> dict[str, str]:
    """File name -> content: a row for each network, and how effects differ between cells."""
    if not plan.cells:
        return {}
    networks = summary(plan, evaluations)
    return {
        "networks.csv": _csv(with_score_names(networks, plan)),
        "cells.csv": _csv(cell_table(plan, evaluations)),
    }


def _main_effects(plan: Plan, evaluations: Sequence[Evaluation]) -> dict[str, str | bytes]:
    """File name -> content, of a fraction; nothing for other designs."""
    table = main_effects(plan, evaluations)
    if table.empty:
        return {}
    drawn = figure_bytes(draw_effects, main_effects_info(plan, table))
    figures = {f"main_effects{suffix}": content for suffix, content in drawn.items()}
    return {"main_effects.csv": _csv(table), **figures}


def _interactions(plan: Plan, evaluations: Sequence[Evaluation]) -> dict[str, str | bytes]:
    """File name -> content; nothing where the plan's points hold no interaction."""
    table = interaction_table(plan, evaluations)
    if table.empty:
        return {}
    files: dict[str, str | bytes] = {"interactions.csv": _csv(table)}
    for reading, points in design_points(plan, evaluations).items():
        rows = table[table["reading"] == reading]
        if not rows.empty:
            score, titles = plan.task.metric.title, factor_titles(plan)
            drawn = figure_bytes(draw_panels, panels(rows, points, baseline_levels(plan), score, titles))
            files |= {figure_name(reading) + suffix: content for suffix, content in drawn.items()}
    return files


def _search_files(plan: Plan, search: Search, folder: ResultsFolder) -> dict[str, str | bytes]:
    """File name -> content, of a search. The report comes last."""
    reading, cost = folder.read(), main_cost(search)
    table = search_summary(plan, reading)
    volumes = hypervolume_by_trial(table, search)
    points = figure_bytes(draw_scatter, search_scatter_info(table, plan, search))
    volume = figure_bytes(draw_trace, volumes)
    return {
        folder.summary_file.name: _csv(with_score_names(table, plan)),
        "hypervolume.csv": _csv(volumes),
        **{f"accuracy_{cost}{suffix}": content for suffix, content in points.items()},
        **{f"hypervolume{suffix}": content for suffix, content in volume.items()},
        folder.report_file.name: search_markdown(plan, search, reading, table, volumes, folder),
    }


def _csv(table: pd.DataFrame) -> str:
    return str(table.to_csv(index=False, lineterminator="\n"))


def _figures(plan: Plan, table: pd.DataFrame, lines: pd.DataFrame) -> dict[str, bytes]:
    """File name -> content; over cells where there are some."""
    made = {
        "effects": effects_figure(plan, table),
        "accuracy_macs": scatter_figure(plan, table, "macs"),
        "accuracy_params": scatter_figure(plan, table, "params"),
        "curves": curves_figure(plan, table, lines),
    }
    return {name + suffix: content for name, one in made.items() for suffix, content in one.content().items()}
