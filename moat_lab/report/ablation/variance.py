"""Where variance comes from: seeds, training images, images of val -> a paragraph of report.md."""

import math
from collections.abc import Iterable, Mapping
from pathlib import Path
from statistics import fmean, variance

from moat_lab.analysis import scores_of
from moat_lab.records import Evaluation, Plan
from moat_lab.records.evaluation import key_of_recipe
from moat_lab.records.runs_below import recorded_scores


def variance_sections(plan: Plan, evaluations: Iterable[Evaluation], root: Path) -> list[str]:
    """The parts of the variance that can be told; nothing before two seeds of a network have finished.

    Val's part is binomial, of its number of images. What training images add is told where the same networks
    were trained by the same recipe with a fixed split, anywhere below `root`.
    """
    scores = scores_of(plan, evaluations)
    total = pooled_variance(scores)
    if math.isnan(total):
        return []
    means = [fmean(of.values()) for of in scores.values() if of]
    sentences = [*_of_val(plan, fmean(means)), *_of_split(plan, total, root)]
    return [" ".join(sentences)] if sentences else []


def pooled_variance(scores: Mapping[str, Mapping[int, float]]) -> float:
    """The mean over networks of the variance over seeds; NaN where none has two."""
    rows = [variance(of.values()) for of in scores.values() if len(of) > 1]
    return fmean(rows) if rows else math.nan


def _of_val(plan: Plan, mean: float) -> list[str]:
    if not plan.step:
        return []
    noise = math.sqrt(mean * (1 - mean) * plan.step)
    return [
        f"Val is {round(1 / plan.step):,} images, the same for all: as many others would shift a score of "
        f"{100 * mean:.1f} % by a deviation of {100 * noise:.2f} points (binomial), which no number of seeds "
        "narrows and no interval here holds. Differences shift less, for all networks see the same images."
    ]


def _of_split(plan: Plan, total: float, root: Path) -> list[str]:
    """The parts of training images and of the rest, of trainings with a split for each seed."""
    if plan.recipe.get("split") != "per_seed":
        return []
    text = (
        "Each seed draws training images of its own, so intervals are about the data set and not about one "
        f"split. Scores deviate by {100 * math.sqrt(total):.2f} points over seeds and splits"
    )
    fixed = pooled_variance(_with_fixed_split(plan, root))
    if math.isnan(fixed):
        return [f"{text}; how much of it is the split's would take the same networks with a fixed split."]
    of_split = math.sqrt(max(0.0, total - fixed))
    return [
        f"{text}; with a fixed split, over seeds alone, by {100 * math.sqrt(fixed):.2f}: the split's part is "
        f"{100 * of_split:.2f}."
    ]


def _with_fixed_split(plan: Plan, root: Path) -> dict[str, dict[int, float]]:
    """Scores of the plan's networks by its recipe with a fixed split, from anywhere below the root."""
    key = key_of_recipe({name: value for name, value in plan.recipe.items() if name != "split"})
    return recorded_scores([root], key, {v.key for v in plan.variants})
