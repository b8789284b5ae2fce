"""More seeds until every effect is known as exactly as was asked for, or time is up."""

from __future__ import annotations

import math
import time
from collections.abc import Callable

from scipy.special import stdtrit

from moat_lab.analysis import summary
from moat_lab.errors import UserError
from moat_lab.records import Plan, Reading
from moat_lab.study.run import Outcome

MOST_SEEDS = 1000


def run_until(
    half_width: float,
    *,
    seeds: int,
    budget_s: float,
    run: Callable[[int], tuple[Plan, Outcome]],
    read: Callable[[], Reading],
    clock: Callable[[], float] = time.monotonic,
) -> tuple[Plan, Outcome]:
    """Runs a study with more and more seeds until the 95 % interval of every effect is narrow enough.

    The width decides, not the effect, so looking in between does not make effects where there are none. The
    seeds are at most doubled at a time: their spread is a rough guess while they are few.

    Args:
        half_width: of the widest interval, a fraction.
        seeds: to begin with; two at least.
        budget_s: seconds; seeds that would not end within them are not begun. Infinity is no limit.
        run: seeds in all -> the plan with them, carried out.
        read: the evaluations that are there.
    """
    started, seeds = clock(), max(2, seeds)
    while True:
        begun = clock()
        plan, outcome = run(seeds)
        wanted = min(seeds_for(half_width, plan, read()), 2 * seeds, MOST_SEEDS)
        each_s = (clock() - begun) * len(plan.variants) / max(1, outcome.trained)
        affordable = (budget_s - (clock() - started)) / max(each_s, 1e-3)
        more = min(wanted - seeds, math.floor(min(affordable, MOST_SEEDS)))
        if more < 1 or outcome.lost:
            return plan, outcome
        seeds += more


def seeds_for(half_width: float, plan: Plan, reading: Reading) -> int:
    """The seeds with which every interval would be narrow enough, by the spread of those there are.

    What the plan has where they are narrow enough already, or where nothing can be compared.
    """
    table = summary(plan, reading.evaluations)
    halves = (table["effect_high"] - table["effect_low"]) / 2
    wide = [float(sd) for sd, half in zip(table["sd"], halves, strict=True) if half > half_width]
    return max([len(plan.seeds), *(_seeds(sd, half_width, least=len(plan.seeds) + 1) for sd in wide)])


def read_budget(text: str) -> float:
    """`30min`, `2h` or `90s` as seconds; nothing is no limit.

    Raises:
        UserError: not of this form.
    """
    if not text:
        return math.inf
    units = {"min": 60.0, "h": 3600.0, "s": 1.0}
    unit = next((unit for unit in units if text.endswith(unit)), "")
    number = text.removesuffix(unit).strip()
    if not unit or not number.replace(".", "", 1).isdigit():
        raise UserError(f"a time is such as 30min, 2h or 90s; got '{text}'")
    return float(number) * units[unit]


def _seeds(sd: float, half_width: float, *, least: int) -> int:
    """The fewest seeds, from `least` on, with which Student's interval of this deviation is narrow enough."""
    enough = (n for n in range(least, MOST_SEEDS) if _is_narrow(n, sd, half_width))
    return next(enough, MOST_SEEDS)


def _is_narrow(n: int, sd: float, half_width: float) -> bool:
    return float(stdtrit(n - 1, 0.975)) * sd / math.sqrt(n) <= half_width
