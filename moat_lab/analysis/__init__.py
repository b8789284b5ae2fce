"""Evaluations -> tables -> frontier, hypervolume, and effects with intervals."""

from moat_lab.analysis.bootstrap import bootstrap_interval
from moat_lab.analysis.claims import Claim, Judgement, judgement
from moat_lab.analysis.comparison import Comparison, compare, compare_pairs
from moat_lab.analysis.correlation import rank_correlation
from moat_lab.analysis.dominance import crowding, dominated_volume, nondominated, ranks
from moat_lab.analysis.factor_tables import baseline_levels, interaction_table, points_of
from moat_lab.analysis.fractional import (
    constant_products,
    fitted_effects,
    fitted_interactions,
    seen_interactions,
)
from moat_lab.analysis.frontier import hypervolume, pareto_front
from moat_lab.analysis.holm import holm
from moat_lab.analysis.hypothesis_tests import equivalence_p, paired_p
from moat_lab.analysis.importance import importances
from moat_lab.analysis.interaction import Interaction, Point, interactions
from moat_lab.analysis.intervals import Interval, mean_interval, paired_differences, paired_effect
from moat_lab.analysis.main_effects import main_effects
from moat_lab.analysis.membership import frontier_probability
from moat_lab.analysis.pick_rule import Pick, pick
from moat_lab.analysis.power import detectable_effect, power_of, required_seeds
from moat_lab.analysis.tables import curves, factor_columns, scores_of, summary
from moat_lab.analysis.trace import hypervolume_trace
from moat_lab.analysis.verdict import Verdict, verdict

__all__ = [
    "Claim",
    "Comparison",
    "Interaction",
    "Interval",
    "Judgement",
    "Pick",
    "Point",
    "Verdict",
    "baseline_levels",
    "bootstrap_interval",
    "compare",
    "compare_pairs",
    "constant_products",
    "crowding",
    "curves",
    "detectable_effect",
    "dominated_volume",
    "equivalence_p",
    "factor_columns",
    "fitted_effects",
    "fitted_interactions",
    "frontier_probability",
    "holm",
    "hypervolume",
    "hypervolume_trace",
    "importances",
    "interaction_table",
    "interactions",
    "judgement",
    "main_effects",
    "mean_interval",
    "nondominated",
    "paired_differences",
    "paired_effect",
    "paired_p",
    "pareto_front",
    "pick",
    "points_of",
    "power_of",
    "rank_correlation",
    "ranks",
    "required_seeds",
    "scores_of",
    "seen_interactions",
    "summary",
    "verdict",
]
