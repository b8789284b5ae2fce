"""What a design can show, in sentences."""

from dataclasses import replace

from moat_lab.analysis.design_power import DesignPower
from moat_lab.report.planned_power import UNKNOWN, design_sentences

POWER = DesignPower(
    deviations=(0.005, 0.01, 0.02), pairs=3, own=True, seeds=5, cells=4, comparisons=2, level=0.05
)


def test_it_says_what_is_shown_and_how_likely_the_effects_in_question_are(plan):
    variants = (plan.variants[0], replace(plan.variants[1], effect=0.02), plan.variants[2])
    assert design_sentences(replace(plan, variants=variants, margin=0.005), POWER) == [
        "With 5 seeds in each of 4 cells and 2 comparisons it shows effects of 0.77 points in 80 % of such "
        "studies; by how variants spread over seeds, 0.39 to 1.54 for the middle half of them. The deviation "
        "of a difference, 1.00 points, is the median of 3 pairs of variants of this study with the baseline.",
        "Power for an effect that the source reports, 2 points: 100 %. 80 % would take 3 seeds in each cell.",
        "Power for the margin, 0.5 points: 41 %: what is not significant is underpowered. 80 % would take "
        "11 seeds in each cell.",
    ]


def test_without_trainings_by_the_recipe_it_says_that_it_is_not_known(plan):
    assert design_sentences(plan, None) == [UNKNOWN]
