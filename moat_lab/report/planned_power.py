"""What a design can show, in sentences, before anything is trained."""

import math
from collections.abc import Sequence

from moat_lab.analysis import averaged
from moat_lab.analysis.design_power import DesignPower
from moat_lab.analysis.hypothesis_tests import LEAST_POWER
from moat_lab.records import Plan
from moat_lab.report.units import count, in_points

UNKNOWN = (
    "What this design can show is not known: no two networks have been trained by its recipe with two seeds "
    "in common. Two seeds of it tell."
)


def design_sentences(plan: Plan, power: DesignPower | None) -> list[str]:
    """The effects that are shown in 80 % of studies, and the power for those in question."""
    if power is None:
        return [UNKNOWN]
    low, middle, high = (f"{100 * effect:.2f}" for effect in power.detectable)
    if math.isnan(power.detectable[1]):
        return ["One seed shows no effect, and neither does a look for which no error is left."]
    whose = "variants of this study with the baseline" if power.own else "networks trained by this recipe"
    return [
        f"With {_seeds(power)} and {count(power.comparisons, 'comparison')} it shows effects of {middle} "
        f"points in 80 % of such studies; by how variants spread over seeds, {low} to {high} for the middle "
        f"half of them. The deviation of a difference, {100 * power.deviations[1]:.2f} points, is the median "
        f"of {count(power.pairs, 'pair')} of {whose}.",
        *(_for_effect(power, what, effect) for what, effect in questions(plan)),
    ]


def questions(plan: Plan) -> Sequence[tuple[str, float]]:
    """What is asked, in words, and how large it is: effects that sources report, and the margin."""
    reported = sorted({v.effect for v in averaged(plan).variants if v.effect is not None})
    named = [("an effect that the source reports", effect) for effect in reported]
    return [*named, *([("the margin", plan.margin)] if plan.margin else [])]


def _for_effect(power: DesignPower, what: str, effect: float) -> str:
    share = power.power(effect)
    verdict = ": what is not significant is underpowered" if share < LEAST_POWER else ""
    each = " in each cell" if power.cells > 1 else ""
    return (
        f"Power for {what}, {in_points(effect)}: {100 * share:.0f} %{verdict}. 80 % would take "
        f"{count(power.required_seeds(effect), 'seed')}{each}."
    )


def _seeds(power: DesignPower) -> str:
    seeds = count(power.seeds, "seed")
    return f"{seeds} in each of {power.cells} cells" if power.cells > 1 else seeds
