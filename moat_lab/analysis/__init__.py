"""Evaluations -> tables -> frontier, hypervolume, and effects with intervals."""

from moat_lab.analysis.cell_means import averaged, averaged_summary, cell_table, scores_over_cells
from moat_lab.analysis.comparison import Comparison, Hypothesis, compare, compare_blocks, compare_pairs
from moat_lab.analysis.correlation import rank_correlation
from moat_lab.analysis.factor_tables import baseline_levels, design_points, interaction_table, main_effects
from moat_lab.analysis.fractional import (
    defining_words,
    estimable_interactions,
    fitted_effects,
    fitted_interactions,
)
from moat_lab.analysis.frontier import (
    crowding_distance,
    hypervolume,
    hypervolume_trace,
    nondominated,
    nondominated_ranks,
    pareto_front,
)
from moat_lab.analysis.frontier_membership import frontier_probability
from moat_lab.analysis.hypothesis_tests import (
    Agreement,
    Verdict,
    agreement,
    equivalence_p,
    holm,
    paired_p,
    verdict,
)
from moat_lab.analysis.importance import importances
from moat_lab.analysis.interaction import DesignPoint, Interaction, interactions
from moat_lab.analysis.intervals import (
    Interval,
    bootstrap_interval,
    mean_interval,
    paired_differences,
)
from moat_lab.analysis.pick_rule import Pick, pick_network
from moat_lab.analysis.power import detectable_effect, power_of, required_seeds
from moat_lab.analysis.tables import compared_as_asked, curves, factor_columns, question_of, summary
from moat_lab.analysis.trainings import scores_of

__all__ = [
    "Agreement",
    "Comparison",
    "DesignPoint",
    "Hypothesis",
    "Interaction",
    "Interval",
    "Pick",
    "Verdict",
    "agreement",
    "averaged",
    "averaged_summary",
    "baseline_levels",
    "bootstrap_interval",
    "cell_table",
    "compare",
    "compare_blocks",
    "compare_pairs",
    "compared_as_asked",
    "crowding_distance",
    "curves",
    "defining_words",
    "design_points",
    "detectable_effect",
    "equivalence_p",
    "estimable_interactions",
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
    "main_effects",
    "mean_interval",
    "nondominated",
    "nondominated_ranks",
    "paired_differences",
    "paired_p",
    "pareto_front",
    "pick_network",
    "power_of",
    "question_of",
    "rank_correlation",
    "required_seeds",
    "scores_of",
    "scores_over_cells",
    "summary",
    "verdict",
]
