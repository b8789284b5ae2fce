"""What a study found and how sure that is, in one sentence."""

from itertools import repeat

import pandas as pd

from moat_lab.analysis import question_of
from moat_lab.records import Plan
from moat_lab.report.names import labels, names_by_reading, reading_in_sentence
from moat_lab.report.units import in_points

_OPEN = ("not distinguishable", "underpowered", "too few seeds")
_DECIDED = ("better", "worse", "equivalent")


def answer_sections(plan: Plan, table: pd.DataFrame) -> list[str]:
    """The answer of the last reading, which is at equal cost where the study has one; none before any.

    Args:
        plan: over its cells (`analysis.averaged`).
        table: `analysis.averaged_summary`.
    """
    reading, keys = [*names_by_reading(plan).items()][-1]
    names = {key: f"`{name}`" for name, key in keys.items()}
    rows = table[table["key"].isin(names) & table["verdict"].isin([*_OPEN, *_DECIDED])]
    if rows.empty:
        return []
    rows = rows.assign(name=rows["key"].map(names))
    found = "; ".join(part for part in (*_decided(plan, rows), _open(plan, rows)) if part)
    at = "" if reading == "none" else f" {reading_in_sentence(reading)}"
    where = f"on `{plan.data}`{at}, "
    return [f"**Answer.** {_capitalised(_how_sure(plan, rows) + where + found)}."]


def _how_sure(plan: Plan, rows: pd.DataFrame) -> str:
    decided = int(rows["verdict"].isin(_DECIDED).sum())
    together = " in all verdicts together" if decided > 1 else ""
    return f"with {100 * (1 - question_of(plan).level):g} % confidence{together}, " if decided else ""


def _decided(plan: Plan, rows: pd.DataFrame) -> list[str]:
    """ "`a` is worse than `baseline` by 3.1 points [2.0, 4.2], `b` by 5.0 [4.1, 5.9]", and the like."""
    unit = " points" if plan.success is None else " points of the share that learned"
    found = []
    for word in ("better", "worse"):
        of = rows[rows["verdict"] == word]
        sizes = map(_size, of["effect"], of["effect_low"], of["effect_high"], repeat(unit))
        effects = [f"{name} by {size}" for name, size in zip(of["name"], sizes, strict=True)]
        found.append(", ".join(effects).replace(" by ", f" is {word} than {_baseline(plan)} by ", 1))
    equal = [*rows["name"][rows["verdict"] == "equivalent"]]
    margin = f"{in_points(plan.margin or 0)}{unit.removeprefix(' points')}"
    within = f" within the margin of {margin}" if plan.margin else ""
    return [*found, f"{_listed(equal)} equivalent to {_baseline(plan)}{within}" if equal else ""]


def _open(plan: Plan, rows: pd.DataFrame) -> str:
    """ "`a` and `b` cannot be told from `baseline` by 5 seeds"."""
    of = rows[rows["verdict"].isin(_OPEN)]
    if of.empty:
        return ""
    return f"{_joined([*of['name']])} cannot be told from {_baseline(plan)} by {of['pairs'].max()} seeds"


def _size(effect: float, low: float, high: float, unit: str) -> str:
    ends = sorted((abs(low), abs(high)))
    return f"{100 * abs(effect):.1f}{unit} [{100 * ends[0]:.1f}, {100 * ends[1]:.1f}]"


def _baseline(plan: Plan) -> str:
    name = labels(plan)[plan.baseline]
    return "the baseline" if name == "baseline" else f"`{name}`"


def _listed(names: list[str]) -> str:
    return f"{_joined(names)} {'is' if len(names) == 1 else 'are'}"


def _joined(names: list[str]) -> str:
    """ "a, b and c"."""
    return " and ".join(part for part in (", ".join(names[:-1]), names[-1]) if part)


def _capitalised(text: str) -> str:
    return text[0].upper() + text[1:]
