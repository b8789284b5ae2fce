"""The learning rate that each variant got, and what that cost -> a section of report.md."""

import math
from collections.abc import Iterable, Mapping, Sequence
from statistics import fmean

from moat_lab.records import Evaluation, Plan
from moat_lab.report.markdown import markdown_table
from moat_lab.report.names import labels
from moat_lab.report.units import NOTHING, code, count, duration, percent


def tuning_sections(plan: Plan, evaluations: Iterable[Evaluation]) -> list[str]:
    """What each rate gave on the tuning seeds, and which was taken; nothing where all have the recipe's."""
    if plan.tuning is None:
        return []
    tuning, names, evaluations = plan.tuning, labels(plan), tuple(evaluations)
    taken = dict(plan.recipe.get("tuned", ()))
    rows = [
        (
            code(names[v.key]),
            *_means(plan, v.key, evaluations),
            f"{taken[v.key]:g}" if v.key in taken else NOTHING,
        )
        for v in plan.variants
    ]
    titles = ["variant", *(f"{rate:g}" for rate in tuning.rates), "taken"]
    score = plan.task.metric.title
    text = (
        f"Each variant has the learning rate with its best mean {score} (%, below) over "
        f"{count(len(tuning.seeds), 'seed')} that the comparison does not use{_over_cells(plan)}. That took "
        f"{count(tuning.trainings, 'training')}, {duration(tuning.train_s)}; the scores above are of other "
        "seeds, so that choosing does not flatter them."
        f"{_at_an_end(tuning.rates, taken)}"
    )
    return ["### Learning rates", text, markdown_table("l" + "r" * (len(titles) - 1), titles, rows)]


def _at_an_end(rates: Sequence[float], taken: Mapping[str, float]) -> str:
    """Of how many variants the best rate is the least or the greatest, beyond which a better one may be."""
    ends = [rate for rate in taken.values() if rate in (min(rates), max(rates))]
    if not ends:
        return ""
    return f" {len(ends)} of {len(taken)} took an end of the range: what lies beyond may be better still."


def _means(plan: Plan, key: str, evaluations: Iterable[Evaluation]) -> list[str]:
    """The mean score at each rate."""
    by_recipe: dict[str, list[float]] = {}
    for e in evaluations:
        if e.network_key == key and e.score is not None:
            by_recipe.setdefault(e.recipe_key, []).append(e.score)
    found = (by_recipe.get(recipe) for recipe in plan.tuning_recipes.values())
    return [percent(fmean(scores) if scores else math.nan) for scores in found]


def _over_cells(plan: Plan) -> str:
    return ", the same in all cells" if plan.cells else ""
