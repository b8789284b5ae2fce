"""More seeds until every interval has the target half-width, or time is up."""

from __future__ import annotations

import math
import re
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Literal

import pandas as pd
from scipy.special import stdtrit

from moat_lab.analysis import summary
from moat_lab.analysis.intervals import widening
from moat_lab.errors import UserError
from moat_lab.records import Evaluation, Plan, Reading
from moat_lab.records.plan import MOST_SEEDS
from moat_lab.report.units import count, in_points
from moat_lab.study.run import StudyResult

FEWEST_SEEDS = 3
MOST_BUDGET_S = 365 * 24 * 3600
_UNITS = {"min": 60.0, "h": 3600.0, "s": 1.0}
_TIME = re.compile(r"\s*([0-9]+(?:\.[0-9]*)?|\.[0-9]+)\s*(min|h|s)")
Why = Literal["reached", "budget", "most"]
"""Why no more seeds are added."""


def run_to_half_width(
    target_half_width: float,
    *,
    seeds: int,
    budget_s: float,
    run: Callable[[int], tuple[Plan, StudyResult]],
    read: Callable[[], Reading[Evaluation]],
    clock: Callable[[], float] = time.monotonic,
) -> tuple[Plan, StudyResult, Why]:
    """Runs a study with more and more seeds until the 95 % interval of every effect is narrow enough.

    The width decides, not the effect. Still it stops sooner where the spread looks small by chance, so the
    plan says that it was stopped this way, and its deviations are widened for that (`intervals.widened`, with
    the source). The seeds are at most doubled at a time: their spread is a rough guess while they are few.

    Args:
        target_half_width: of the widest interval, a fraction.
        seeds: to begin with; three at least.
        budget_s: seconds; seeds that would not end within them are not begun. Infinity is no limit.
        run: seeds in all, at least -> the plan with them, carried out.
        read: the evaluations that are there.
    """
    started, seeds = clock(), max(FEWEST_SEEDS, seeds)
    while True:
        begun = clock()
        plan, outcome = run(seeds)
        seeds = len(plan.seeds)
        required_seeds = min(seeds_for(target_half_width, plan, read()), 2 * seeds, max(seeds, MOST_SEEDS))
        each_s = (clock() - begun) * len(plan.networks) / max(1, outcome.trained)
        affordable = (budget_s - (clock() - started)) / max(each_s, 1e-3)
        more = min(required_seeds - seeds, math.floor(min(affordable, MOST_SEEDS)))
        if more < 1:
            narrow = seeds_for(target_half_width, plan, read()) <= seeds
            return plan, outcome, "reached" if narrow else "budget" if required_seeds > seeds else "most"
        seeds += more


def seeds_for(target_half_width: float, plan: Plan, reading: Reading[Evaluation]) -> int:
    """The seeds with which every interval would be narrow enough, by the spread of those there are.

    What the plan has where they are narrow enough already, or where nothing can be compared.
    """
    table, seeds = _with_half_widths(plan, reading), len(plan.seeds)
    wide = table[table["half"] > target_half_width]
    deviations = [sd / widening(pairs) for sd, pairs in zip(wide["sd"], wide["pairs"], strict=True)]
    return max([seeds, *(_seeds(sd, target_half_width, least=seeds + 1) for sd in deviations)])


def half_width_sentence(target_half_width: float, plan: Plan, reading: Reading[Evaluation], why: Why) -> str:
    """Whether the intervals are as narrow as was asked for; if not, how wide, why, and what it would take."""
    table, target = _with_half_widths(plan, reading), in_points(target_half_width)
    halves = table["half"].dropna()
    if halves.empty:
        return "No effect has an interval, so more seeds were not asked for."
    seeds = count(len(plan.seeds), "seed")
    unknown = len(table) - len(halves)
    without = f" {count(unknown, 'effect')} without an interval left aside." if unknown else ""
    widest = f"{100 * halves.max():.2f} points"
    if why == "reached":
        return (
            f"Each 95 % interval is within ±{target}, as asked, the widest ±{widest}, with {seeds}.{without}"
        )
    required, reasons = (
        seeds_for(target_half_width, plan, reading),
        {
            "budget": "the budget leaves no time for more",
            "most": f"no more than {MOST_SEEDS} are tried",
        },
    )
    more = f"more than {MOST_SEEDS}" if required >= MOST_SEEDS else f"about {required}"
    return (
        f"Not reached: ±{target} were asked, the widest 95 % interval is ±{widest} with {seeds}. "
        f"It would take {more} seeds; {reasons[why]}.{without}"
    )


def parse_budget(text: str) -> float:
    """`30min`, `2h` or `90s` as seconds; nothing is no limit.

    Raises:
        UserError: not of this form, or more than a year.
    """
    if not text:
        return math.inf
    match = _TIME.fullmatch(text)
    seconds = float(match[1]) * _UNITS[match[2]] if match else math.nan
    if not seconds <= MOST_BUDGET_S:
        raise UserError(f"a time is such as 30min, 2h or 90s, and at most a year (8760h); got '{text:.40}'")
    return seconds


def _seeds(sd: float, target_half_width: float, *, least: int) -> int:
    """The fewest seeds, from `least` on, with which the interval of this deviation is narrow enough."""
    enough = (n for n in range(least, MOST_SEEDS) if _is_narrow(n, sd, target_half_width))
    return next(enough, MOST_SEEDS)


def _is_narrow(n: int, sd: float, target_half_width: float) -> bool:
    return float(stdtrit(n - 1, 0.975)) * widening(n) * sd / math.sqrt(n) <= target_half_width


def _with_half_widths(plan: Plan, reading: Reading[Evaluation]) -> pd.DataFrame:
    """The rows of `analysis.summary` that are compared, with `half`, NaN without an interval."""
    table = summary(replace(plan, target_half_width=0.0), reading.evaluations)
    table = table[table["key"] != plan.baseline]
    return table.assign(half=(table["effect_high"] - table["effect_low"]) / 2)
