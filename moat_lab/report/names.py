"""What variants and readings are called in a table and beside a point."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping

import pandas as pd

from moat_lab.records import Plan, Variant
from moat_lab.report.units import cost_name


def labels(plan: Plan) -> dict[str, str]:
    """Variant key -> a short name, no two alike.

    Where one factor varies, its level, with the factor where that is a number. Where several do, what
    differs from the baseline, which is then called `baseline`; in a search, all levels. Where a study has
    both, a network whose widths were scaled to the baseline's cost says so. Where that is not unique, the
    key is added.
    """
    varying = varying_factors(plan)
    baseline = next((variant for variant in plan.variants if variant.key == plan.baseline), None)
    names = {
        variant.key: _name(plan, variant, baseline, varying) + _reading(plan, variant)
        for variant in plan.variants
    }
    times = Counter(names.values())
    return {key: name if times[name] == 1 else f"{name} ({key})" for key, name in names.items()}


def names_with_twins(plan: Plan) -> dict[str, str]:
    """As `labels`, and a name for each twin: that of the first variant that has it, with what is frozen."""
    names = labels(plan)
    twins = {twin.key: f"{names[key]}, attention frozen" for key, twin in reversed([*plan.twins.items()])}
    return twins | names


def names_by_reading(plan: Plan) -> dict[str, dict[str, str]]:
    """Reading -> what its variants are called, the baseline left out and no cost behind -> key."""
    names = labels(plan)
    return {
        cost: {names[v.key].removesuffix(same_cost(cost)): v.key for v in variants if v.key != plan.baseline}
        for cost, variants in plan.readings.items()
    }


def varying_factors(plan: Plan) -> tuple[str, ...]:
    """The factors with more than one level, in the plan's order."""
    factors = dict.fromkeys(factor for variant in plan.variants for factor in variant.factors)
    return tuple(f for f in factors if len({variant.factors.get(f) for variant in plan.variants}) > 1)


def levels(of: Mapping[str, str], factors: tuple[str, ...]) -> str:
    """ "s=0.25, order=attn+mlp"."""
    return ", ".join(f"{factor}={of[factor]}" for factor in factors if factor in of)


def wrapped(label: str, width: int, lines: int = 3) -> str:
    """The label in lines of about `width` characters, broken after `,` `+` or a space, but not within
    `(same MACs)`; cut with `…`.
    """
    rows = [""]
    for piece in re.findall(r"(?:\(same [^()]*\)|[^,+ ])+[,+ ]*", label):
        if rows[-1] and len(rows[-1]) + len(piece.rstrip()) > width:
            rows.append("")
        rows[-1] += piece
    first = [row.strip() for row in rows[:lines]]
    return "\n".join(first) + ("…" if len(rows) > lines else "")


def _name(plan: Plan, variant: Variant, baseline: Variant | None, varying: tuple[str, ...]) -> str:
    if len(varying) == 1:
        return _level(variant, varying[0])
    if plan.search or baseline is None:
        return levels(variant.factors, varying) or variant.key
    if variant is baseline:
        return "baseline"
    differing = tuple(f for f in varying if variant.factors.get(f) != baseline.factors.get(f))
    return levels(variant.factors, differing) or variant.key


def _level(variant: Variant, factor: str) -> str:
    """A level that speaks for itself alone, a number with its factor."""
    level = variant.factors.get(factor, "")
    return f"{factor}={level}" if re.fullmatch(r"[\d.]+", level) else level or variant.key


def _reading(plan: Plan, variant: Variant) -> str:
    """What tells a scaled network from the one as written, where a study has both."""
    return same_cost(variant.matched) if variant.matched and len(plan.match) > 1 else ""


def reading_title(cost: str) -> str:
    """ "As written", "At the baseline's MACs"."""
    return "As written" if cost == "none" else f"At the baseline's {cost_name(cost)}"


def reading_in_sentence(cost: str) -> str:
    """ "as written", "at the baseline's MACs"."""
    title = reading_title(cost)
    return title[0].lower() + title[1:]


def same_cost(cost: str) -> str:
    """What `labels` puts behind the name of a scaled network, where a study has more than one reading."""
    return f" (same {cost_name(cost)})"


def rows_of(table: pd.DataFrame, variants: Iterable[Variant]) -> pd.DataFrame:
    """The rows of `analysis.summary` that belong to these variants."""
    return table[table["key"].isin([variant.key for variant in variants])]


def rows_by_reading(plan: Plan, table: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Reading -> its rows of `analysis.summary`."""
    return {cost: rows_of(table, variants) for cost, variants in plan.readings.items()}
