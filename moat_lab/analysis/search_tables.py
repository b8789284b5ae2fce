"""Tables of a search: a row for each network that it chose, its hypervolume, and what predicts the score."""

import math
from collections.abc import Mapping
from statistics import stdev

import numpy as np
import pandas as pd

from moat_lab.analysis.correlation import rank_correlation
from moat_lab.analysis.frontier import Floats, hypervolume, hypervolume_trace, nondominated
from moat_lab.analysis.frontier_membership import frontier_probability
from moat_lab.analysis.importance import importances
from moat_lab.analysis.intervals import Interval
from moat_lab.analysis.shrinkage import shrunken_scores
from moat_lab.analysis.tables import factor_columns, summary
from moat_lab.analysis.trainings import counted, scores_by_network
from moat_lab.metrics import COSTS, LATENCY
from moat_lab.records import Measurement, Plan, Reading, Search, Trained

_COMPARED = [
    *("effect", "effect_low", "effect_high", "pairs", "boot_low", "boot_high", "p", "p_adjusted", "sd"),
    *("detectable", "verdict", "frontier_macs", "frontier_params"),
]
"""Columns of `summary` that speak of a baseline, or of one cost alone."""
_DECIMALS = 12
"""Of a hypervolume: the digits behind differ between machines."""


def search_summary(plan: Plan, reading: Reading[Trained]) -> pd.DataFrame:
    """`running_search_summary` with frontier_probability (see `frontier_membership`) as its last column."""
    table = running_search_summary(plan, reading, summary(plan, reading.evaluations))
    trained = table["score"].notna().to_numpy()
    table["frontier_probability"] = np.nan
    if plan.search and trained.any():
        costs = table.loc[trained, list(plan.search.costs)].to_numpy(dtype=np.float64)
        scores = scores_by_network(counted(plan, reading.evaluations))
        finished = [scores[key] for key in table.loc[trained, "key"]]
        table.loc[trained, "frontier_probability"] = frontier_probability(costs, finished, step=plan.step)
    return table


def running_search_summary(plan: Plan, reading: Reading[Trained], table: pd.DataFrame) -> pd.DataFrame:
    """`table`, the summary of a search, in the order in which networks were chosen; fractions, not percent.

    Columns beside those of `with_measurements` that need no baseline: on_frontier (of the search's
    objectives, by mean score). A network counts with the seeds that have finished.
    """
    table = with_measurements(table, plan, reading).drop(columns=_COMPARED)
    trained = table["score"].notna().to_numpy()
    table["on_frontier"] = False
    if plan.search and trained.any():
        table.loc[trained, "on_frontier"] = nondominated(losses(table[trained], plan.search))
    return table


def with_measurements(table: pd.DataFrame, plan: Plan, reading: Reading[Trained]) -> pd.DataFrame:
    """`table` with what was measured before the trainings, by its name, and what its seeds say.

    That is score_sd (over seeds), and of `shrunken_scores` score_shrunken and score_error, NaN where no
    network has two seeds.
    """
    measured = {m.network_key: m.values for m in plan_measurements(plan, reading)}
    names = dict.fromkeys(name for values in measured.values() for name in values)
    scores = scores_by_network(counted(plan, reading.evaluations))
    columns = {name: [measured.get(key, {}).get(name, np.nan) for key in table["key"]] for name in names}
    table = table.assign(**columns, score_sd=[_deviation(scores.get(key, {})) for key in table["key"]])
    return _with_shrunken(table, plan, scores)


def _with_shrunken(
    table: pd.DataFrame, plan: Plan, scores: Mapping[str, Mapping[int, float]]
) -> pd.DataFrame:
    table = table.assign(score_shrunken=np.nan, score_error=np.nan)
    trained = table["score"].notna().to_numpy()
    if not (table.loc[trained, "seeds"] > 1).any():
        return table
    names = plan.search.costs if plan.search else ("macs",)
    costs = table[trained].reindex(columns=list(names)).dropna(axis="columns").to_numpy(dtype=np.float64)
    finished = [scores[key] for key in table.loc[trained, "key"]]
    posterior = shrunken_scores(costs, finished, step=plan.step)
    table.loc[trained, "score_shrunken"] = posterior.means
    table.loc[trained, "score_error"] = posterior.deviations
    return table


def plan_measurements(plan: Plan, reading: Reading[Trained]) -> tuple[Measurement, ...]:
    """The measurements with the plan's recipe, of its networks and of those that it then did not train."""
    return tuple(m for m in reading.measurements if m.recipe_key == plan.recipe_key)


def predictor_correlations(table: pd.DataFrame, reading: Reading[Trained]) -> dict[str, Interval]:
    """Predictor (a cost or zero-cost score) -> its rank correlation with the score, over finished networks.

    Parameters and MACs come first: a score that orders networks no better than they do is not worth its time.
    """
    scores = dict.fromkeys(name for m in reading.measurements for name in m.values if name != LATENCY)
    finished = table[table["score"].notna()]
    return {
        name: rank_correlation(*finished[[name, "score"]].dropna().to_numpy(dtype=np.float64).T)
        for name in ("params", "macs", *scores)
        if name in finished
    }


def factor_importances(plan: Plan, table: pd.DataFrame) -> dict[str, float]:
    """Factor -> how much it matters for the score (`importance`), over the finished networks of the space."""
    columns = factor_columns(plan)
    rows = table[table["score"].notna()].dropna(subset=list(columns.values()))
    levels = rows[list(columns.values())].rename(columns={v: k for k, v in columns.items()})
    return importances(levels, rows["score"]) if len(rows) else {}


def losses(table: pd.DataFrame, search: Search) -> Floats:
    """(N, d) the objectives of finished networks, each to minimise."""
    columns = [table[name] if name in COSTS else -table["score"] for name in search.objectives]
    return np.column_stack([column.to_numpy(dtype=np.float64) for column in columns])


def reference_point(search: Search) -> Floats:
    """(d,) the reference of the hypervolume, beside `losses`."""
    return np.array([search.reference[n] if n in COSTS else -search.reference[n] for n in search.objectives])


def hypervolume_by_trial(table: pd.DataFrame, search: Search) -> pd.DataFrame:
    """trial, hypervolume: after each finished network in the order in which they were chosen.

    The volume is a share of the box between the reference and the best that there can be: all right, at no
    cost.
    """
    rows = table[table["score"].notna()]
    box = hypervolume([[0.0 if n in COSTS else -1.0 for n in search.objectives]], reference_point(search))
    volumes = hypervolume_trace(losses(rows, search), reference_point(search)) if len(rows) else np.empty(0)
    return pd.DataFrame(
        {"trial": [int(i) + 1 for i in rows.index], "hypervolume": (volumes / box).round(_DECIMALS)}
    )


def _deviation(scores: Mapping[int, float]) -> float:
    return stdev(scores.values()) if len(scores) > 1 else math.nan
