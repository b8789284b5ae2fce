"""A calibration's folder -> the same folder with its report, table and figure."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from moat_lab.analysis.calibration import TRUSTED, calibration_table, cheapest_trusted
from moat_lab.analysis.gains import gains
from moat_lab.analysis.tables import with_score_names
from moat_lab.analysis.trainings import trained_for
from moat_lab.files import write_atomically
from moat_lab.metrics import Metric
from moat_lab.records import Calibration, Damaged, Evaluation, Plan, ResultsFolder
from moat_lab.report.gains import gains_sections
from moat_lab.report.markdown import markdown_table
from moat_lab.report.provenance import environment_lines, unread_text
from moat_lab.report.proxy_quality import proxy_sections
from moat_lab.report.style import BLACK, GREY, NETWORK, add_axes, blank_figure, figure_bytes, say_empty
from moat_lab.report.units import NOTHING, code, count, duration

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_LENGTHS = (("train", "image"), ("epochs", "epoch"))
_ROW, _EDGES = 0.2, 0.5
"""Inches."""
Runs = Mapping[str, tuple[Plan, Sequence[Evaluation]]]
_METHOD = """\
Tau is Kendall's, of the networks' means over seeds with those of the first schedule: 1 is the same order, 0
no relation. Brackets are a bootstrap over the networks, 95 %: what another choice of networks of this space
would change. The last column is the mean tau of one seed with another of the same schedule: where it is low,
the order is luck to a good part, and no schedule can agree with it."""


def write_calibration_report(folder: ResultsFolder, calibration: Calibration) -> Path:
    """The folder's report.md with calibration.csv and the figure, from the plans and evaluations below it."""
    runs = runs_of(folder, calibration)
    table = calibration_table(runs, calibration.outlier)
    saved = with_score_names(table, next(iter(runs.values()))[0]) if runs else table
    write_atomically(folder.calibration_table_file, saved.to_csv(index=False, lineterminator="\n"))
    for suffix, content in figure_bytes(draw_calibration, table).items():
        write_atomically(folder.calibration_table_file.with_suffix(suffix), content)
    return write_atomically(
        folder.report_file, calibration_markdown(calibration, runs, table, _unread(folder, calibration))
    )


def runs_of(folder: ResultsFolder, calibration: Calibration) -> Runs:
    """Schedule -> its plan and evaluations, of those that have begun and can be read.

    Raises:
        UserError: the plan of the first, which the others are held against, is damaged.
    """
    begun = _begun(folder, calibration)
    plans = {here: here.find_plan() if i else here.read_plan() for i, here in enumerate(begun)}
    return {
        here.path.name: (plan, here.read().evaluations)
        for here, plan in plans.items()
        if isinstance(plan, Plan)
    }


def unread_records(folder: ResultsFolder, calibration: Calibration) -> tuple[Damaged, ...]:
    """The records that could not be read of the schedules that have begun."""
    return tuple(item for here in _begun(folder, calibration) for item in here.read().damaged)


def _unread(folder: ResultsFolder, calibration: Calibration) -> str:
    plans = [here.find_plan() for here in _begun(folder, calibration)]
    damaged = [plan for plan in plans if isinstance(plan, Damaged)]
    return unread_text([*damaged, *unread_records(folder, calibration)], folder.path)


def _begun(folder: ResultsFolder, calibration: Calibration) -> list[ResultsFolder]:
    schedules = [folder.schedule(name) for name in calibration.schedules]
    return [schedule for schedule in schedules if schedule.plan_file.exists()]


def calibration_markdown(calibration: Calibration, runs: Runs, table: pd.DataFrame, unread: str = "") -> str:
    """The report; the same arguments give the same text. `unread` names the files that could not be read."""
    evaluations = [e for plan, evaluations in runs.values() for e in trained_for(plan, evaluations)]
    sections = [
        f"# {calibration.name}",
        f"**Question.** {calibration.question}",
        *_expected(calibration),
        "## Result",
        calibration_sentence(table),
        _table(table, {name: plan.task.metric for name, (plan, _) in runs.items()}),
        _METHOD,
        *([unread] if unread else []),
        *(gains_sections(gains(runs), next(iter(runs.values()))[0]) if runs else []),
        *proxy_sections(table, calibration.outlier),
        "![Tau of each schedule, with the seconds of a training](calibration.png)",
        "## How this was made",
        f"```\n{calibration.command}\n```",
        "\n".join([f"- seeds: {_seeds(runs)}", *_recipes(runs), *environment_lines(evaluations)]),
    ]
    return "\n\n".join(sections) + "\n"


def _expected(calibration: Calibration) -> list[str]:
    source = f" ({calibration.source})" if calibration.source else ""
    return [f"**Expected.** {calibration.expectation}{source}"] if calibration.expectation else []


def calibration_sentence(table: pd.DataFrame) -> str:
    """The result in a sentence: the cheapest schedule to trust, or that there is none."""
    if table["tau"].isna().all():
        return "Too little has finished to say anything."
    cheapest, longest = cheapest_trusted(table), code(table["schedule"].iloc[0])
    if cheapest is None:
        return (
            f"No other schedule reaches tau {TRUSTED} with {longest}: "
            "what another one says of two networks that lie close may be wrong."
        )
    row = table[table["schedule"] == cheapest].iloc[0]
    doubt = f", though with these networks it may be as low as {row['tau_low']:.2f}"
    return (
        f"The cheapest schedule that orders the networks as {longest} does is {code(cheapest)}, "
        f"{duration(row['train_s'])} a training: tau {row['tau']:.2f}"
        f"{'' if row['tau_low'] >= TRUSTED else doubt}."
    )


def _table(table: pd.DataFrame, metrics: Mapping[str, Metric]) -> str:
    """Scores are named in their column's head, or where schedules have several tasks behind each."""
    heads = {metric.header for metric in metrics.values()}
    score = heads.pop() if len(heads) == 1 else "score, %"
    names = {name: f" {metric.title}" if heads else "" for name, metric in metrics.items()}
    titles = ("schedule", "networks", "a training", score, "tau [95 %]", "between seeds")
    rows = [
        (
            code(row["schedule"]),
            row["networks"],
            _or_dash("{:.1f} s", row["train_s"]),
            _or_dash(
                f"{{:.1f}} to {{:.1f}}{names.get(row['schedule'], '')}",
                100 * row["score_low"],
                100 * row["score_high"],
            ),
            _or_dash("{:.2f}", row["tau"]) + _or_dash(" [{:.2f}, {:.2f}]", row["tau_low"], row["tau_high"]),
            _or_dash("{:.2f}", row["seeds_tau"]),
        )
        for row in table.to_dict("records")
    ]
    return markdown_table("lrrrrr", titles, rows)


def _or_dash(form: str, *values: float) -> str:
    """The values in their form; a dash where one is NaN."""
    return NOTHING if any(value != value for value in values) else form.format(*values)


def _seeds(runs: Runs) -> str:
    return "; ".join(sorted({", ".join(map(str, plan.seeds)) for plan, _ in runs.values()}))


def _recipes(runs: Runs) -> list[str]:
    """One line for each schedule: what sets it apart."""
    return [f"- {code(name)}: {_recipe(plan)}" for name, (plan, _) in runs.items()]


def _recipe(plan: Plan) -> str:
    recipe = plan.recipe
    lengths = ", ".join(count(recipe[name], noun) for name, noun in _LENGTHS if name in recipe)
    data, resolution, batch = (recipe.get(name, "unknown") for name in ("data", "resolution", "batch"))
    return f"{data}, {resolution} px, {lengths}, batch {batch} (recipe {plan.recipe_key})"


def draw_calibration(table: pd.DataFrame) -> "Figure":
    """Tau with its interval, one row for each schedule, the shortest on top; the first is a diamond at 1."""
    rows = table[table["tau"].notna() & table["train_s"].notna()]
    height = _EDGES + _ROW * max(4, len(rows))
    figure = blank_figure(height)
    axes = add_axes(figure, (0.36, 0.36 / height, 0.61, 1 - _EDGES / height))
    axes.set_xlabel("Kendall's tau with the longest")
    if rows.empty:
        say_empty(axes)
        return figure
    axes.axvline(TRUSTED, color=GREY, linewidth=0.8, linestyle=(0, (4, 1.5)), zorder=1)
    schedules = rows.assign(is_first=rows.index == table.index[0]).sort_values("train_s").to_dict("records")
    for i, row in enumerate(schedules):
        axes.errorbar(row["tau"], i, **_marker_style(row))
    names = [f"{row['schedule']}  {row['train_s']:.1f} s" for row in schedules]
    axes.set_yticks(range(len(names)), names)
    axes.set_ylim(len(names) - 0.5, -0.5)
    axes.set_xlim(min(0.0, float(rows["tau_low"].min()) - 0.05), 1.05)
    return figure


def _marker_style(row: Mapping[Any, Any]) -> dict[str, Any]:
    below, above = max(0.0, row["tau"] - row["tau_low"]), max(0.0, row["tau_high"] - row["tau"])
    colour, marker = (BLACK, "D") if row["is_first"] else (NETWORK, "o")
    bar = {"xerr": [[below], [above]], "elinewidth": 1.0, "capsize": 2}
    return {"color": colour, "marker": marker, "markersize": 3.5, **bar}
