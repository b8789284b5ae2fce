"""Where one evaluation comes from, how it went, and what repeats it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from math import isfinite
from typing import Any

import pandas as pd
import plotly.graph_objects as go
import yaml
from plotly.subplots import make_subplots

from dashboards.colours import Theme
from dashboards.costs import amount_of
from dashboards.study import Study
from moat_lab.analysis.trainings import counted
from moat_lab.records import Epoch, Evaluation, ResultsFolder
from moat_lab.report.provenance import environment_lines
from moat_lab.report.style import GREY
from moat_lab.report.units import NOTHING, duration, percent


def evaluations_of(study: Study, key: str) -> dict[str, Evaluation]:
    """Seed as text -> evaluation of the network with this key, by seed."""
    planned = counted(study.plan, study.outcomes.evaluations)
    store, seeds = study.folder.evaluations, sorted(e.seed for e in planned if e.network_key == key)
    records = (store.find(key, study.plan.recipe_key, seed) for seed in seeds)
    return {str(e.seed): e for e in records if e}


def seed_table(evaluations: Sequence[Evaluation]) -> pd.DataFrame:
    """One row for each: seed, status, score in percent, seconds of training."""
    return pd.DataFrame(
        {
            "seed": e.seed,
            "status": e.status,
            "score": float("nan") if e.score is None else 100 * e.score,
            "train_s": e.train_s,
        }
        for e in evaluations
    )


def facts(of: Evaluation, folder: ResultsFolder) -> pd.DataFrame:
    """What was trained, its result, and where: one row each, as text."""
    file = folder.evaluations.path(of.network_key, of.recipe_key, of.seed)
    values = {
        "network key": of.network_key,
        "recipe key": of.recipe_key,
        "seed": str(of.seed),
        "status": of.status,
        f"{of.task.metric.title} on val": NOTHING if of.score is None else f"{percent(of.score)} %",
        "epochs": str(of.epochs),
        "train time": _seconds(of.train_s),
        "images/s": f"{of.images_per_s:.0f}" if isfinite(of.images_per_s) else NOTHING,
        "cost": ", ".join(amount_of(amount, cost) for cost, amount in of.costs.items()),
        "record": file.relative_to(folder.path).as_posix(),
    }
    rows = list(values.items()) + [_fact(line) for line in environment_lines([of])]
    return pd.DataFrame(rows, columns=["what", "value"])


def recipe_file(of: Evaluation) -> str:
    """The file name of its recipe, as the lines that repeat it have it."""
    return f"recipe_{of.recipe_key}.yaml"


def recipe_yaml(recipe: Mapping[str, Any]) -> str:
    """The recipe as a file that loads as the same recipe."""
    return yaml.safe_dump(dict(recipe), sort_keys=False, allow_unicode=True)


def repeat_lines(of: Evaluation) -> str:
    """Python that repeats this training; it needs the file of the recipe."""
    arguments = [f"{of.network!r}", f'"{recipe_file(of)}"', f"seed={of.seed}"]
    if of.environment.get("device", "cpu") != "cpu":
        arguments.append('device="cuda"')
    if of.status == "paused":
        arguments.append(f"last_epoch={of.epochs}")
    return "\n".join(
        [
            "import moat_lab",
            "",
            "evaluation = moat_lab.evaluate(",
            *(f"    {argument}," for argument in arguments),
            ")",
            "print(evaluation.score)",
            "",
        ]
    )


def _seconds(amount: float) -> str:
    """In seconds; from a minute on also in minutes or hours."""
    if not isfinite(amount):
        return NOTHING
    return f"{amount:.1f} s" if amount < 60 else f"{duration(amount)} ({amount:.1f} s)"


def _fact(line: str) -> tuple[str, str]:
    """ "- python: 3.11" of a report as name and value."""
    name, _, value = line.removeprefix("- ").partition(": ")
    return name, value


HEIGHT = 320


def curve_figure(of: Evaluation, theme: Theme) -> go.Figure:
    """Left the score on val in percent, right the losses of the legend; a gap where one is not finite."""
    figure = make_subplots(rows=1, cols=2, horizontal_spacing=0.1)
    curve, metric = of.curve, of.task.metric
    lines = (
        (f"{metric.title} on val", [100 * point.score for point in curve], theme.variant, 1),
        ("train loss", [point.train_loss for point in curve], GREY, 2),
        ("val loss", [point.val_loss for point in curve], theme.variant, 2),
    )
    for name, values, colour, column in lines:
        figure.add_trace(_line(name, curve, values, colour), row=1, col=column)
    figure.update_layout(
        height=HEIGHT,
        margin={"l": 56, "r": 12, "t": 36, "b": 52},
        hovermode="x",
        dragmode=False,
        legend={"orientation": "h", "x": 0.55, "y": 1.02, "yanchor": "bottom"},
    )
    figure.update_xaxes(title="epoch", fixedrange=True)
    figure.update_yaxes(fixedrange=True, zeroline=False)
    figure.update_yaxes(title=metric.axis, col=1)
    return figure


def _line(name: str, curve: Sequence[Epoch], values: Sequence[float], colour: str) -> go.Scatter:
    return go.Scatter(
        name=name,
        showlegend=name.endswith("loss"),
        x=[point.epoch for point in curve],
        y=[value if math.isfinite(value) else None for value in values],
        mode="lines+markers",
        line={"color": colour, "width": 2},
        marker={"size": 6},
        hovertemplate="%{y:.3g}",
    )
