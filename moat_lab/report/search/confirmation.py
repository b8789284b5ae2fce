"""What a confirmation found: how optimistic the selected values were."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from moat_lab.analysis import Interval, mean_interval, paired_differences, scores_of
from moat_lab.records import Confirmation, Evaluation, Plan, ResultsFolder
from moat_lab.report.markdown import markdown_table
from moat_lab.report.units import NOTHING, count, percent, points, span

ScoresByKey = Mapping[str, Mapping[int, float]]
"""Of a network's seeds, by its key."""
_SECOND_LOOK = "  Delete {folder} to confirm anew: a second look at the same test images."


def confirmation_text(results: ResultsFolder, chosen: str) -> str:
    """The confirmation of a study's pick in words and a table; empty where none was begun.

    Args:
        chosen: key of the pick today.

    Raises:
        UserError: the confirmation is damaged.
    """
    folder = results.confirmation
    confirmation = folder.read_confirmation()
    if confirmation is None:
        return ""
    plan, evaluations = folder.read_plan(), folder.read().evaluations
    val, test = scores_of(plan, evaluations), _test_scores(plan, evaluations)
    if not any(test.values()):
        return f"The confirmation in {folder} has no finished training yet.\n  {plan.command}"
    return "\n\n".join(
        [
            _heading(plan, evaluations),
            _table(confirmation, val, test),
            _optimism(confirmation, plan, val, test),
            *_others(confirmation, test),
            *_changed(confirmation, chosen, folder),
        ]
    )


def _test_scores(plan: Plan, evaluations: tuple[Evaluation, ...]) -> dict[str, dict[int, float]]:
    """Key -> seed -> the task's main score on the test split."""
    scores: dict[str, dict[int, float]] = {variant.key: {} for variant in plan.variants}
    for e in evaluations:
        if e.recipe_key == plan.recipe_key and e.network_key in scores and e.test_scores:
            scores[e.network_key][e.seed] = e.test_scores[plan.task.score]
    return scores


def _heading(plan: Plan, evaluations: tuple[Evaluation, ...]) -> str:
    ended, asked = sum(e.status != "paused" for e in evaluations), len(plan.variants) * len(plan.seeds)
    failed = sum(e.status == "failed" for e in evaluations)
    seeds = f"{count(len(plan.seeds), 'fresh seed')} ({span(plan.seeds[0], plan.seeds[-1], '{:d}')})"
    said = [f"Confirmation with {seeds}, each judged once on the test split."]
    if ended < asked:
        said.append(f"{ended} of {asked} trainings have ended; `{plan.command}` goes on.")
    if failed:
        said.append(f"Failed: {count(failed, 'training')}.")
    return " ".join(said)


def _table(confirmation: Confirmation, val: ScoresByKey, test: ScoresByKey) -> str:
    titles = ("", "selected, %", "shrunken, %", "fresh seeds on val, % [95 %]", "on test, % [95 %]")
    rows = [
        (
            role,
            f"{percent(of.score)} ({count(of.seeds, 'seed')})",
            NOTHING if of.shrunken is None else percent(of.shrunken),
            _percent(mean_interval(val[of.key].values())),
            _percent(mean_interval(test[of.key].values())),
        )
        for role, of in confirmation.roles.items()
    ]
    return markdown_table("lrrrr", titles, rows)


def _optimism(confirmation: Confirmation, plan: Plan, val: ScoresByKey, test: ScoresByKey) -> str:
    pick, baseline = confirmation.pick, confirmation.baseline
    fresh, tested = (mean_interval(of[pick.key].values()).mean for of in (val, test))
    if math.isnan(fresh):
        return "No training of the pick has finished."
    shrunken = "" if pick.shrunken is None else f", {points(pick.shrunken - fresh)} shrunken"
    said = (
        f"Optimism of the pick's {plan.task.metric.title} on the validation images, in points: "
        f"{points(pick.score - fresh)} as selected{shrunken}."
    )
    if baseline and baseline.key != pick.key:
        shared = baseline.score - mean_interval(val[baseline.key].values()).mean
        said += f" Of the baseline, which was not selected: {points(shared)}."
    return (
        f"{said} With fresh seeds, the pick's test images are worth {points(tested - fresh)} against these."
    )


def _others(confirmation: Confirmation, test: ScoresByKey) -> list[str]:
    """The pick against the others on the test split, by the same seeds."""
    pick = confirmation.pick.key
    gaps = {
        role: mean_interval(paired_differences(test[pick], test[of.key]))
        for role, of in confirmation.roles.items()
        if of.key != pick
    }
    said = [f"{_points(gap)} points to the {role}" for role, gap in gaps.items() if gap.n]
    return [f"On test images the pick has {' and '.join(said)}."] if said else []


def _changed(confirmation: Confirmation, chosen: str, folder: ResultsFolder) -> list[str]:
    if chosen == confirmation.pick.key:
        return []
    return [
        f"The pick is another one now ({chosen}) than the one that was confirmed ({confirmation.pick.key}).\n"
        + _SECOND_LOOK.format(folder=folder)
    ]


def _percent(of: Interval) -> str:
    low, high = np.clip((of.low, of.high), 0, 1)
    return percent(of.mean, float(low), float(high))


def _points(of: Interval) -> str:
    return points(of.mean, of.low, of.high)
