"""Evaluations -> tables -> frontier, hypervolume, and effects with intervals."""

from moat_lab.analysis.frontier import hypervolume, pareto_front
from moat_lab.analysis.intervals import Interval, mean_interval, paired_effect, verdict
from moat_lab.analysis.tables import curves, factor_columns, summary

__all__ = [
    "Interval",
    "curves",
    "factor_columns",
    "hypervolume",
    "mean_interval",
    "paired_effect",
    "pareto_front",
    "summary",
    "verdict",
]
