"""What a summary allows to say, in plain sentences."""

from collections.abc import Mapping

import pandas as pd

from moat_lab.report.units import percent, points

_ZERO = 1e-12
"""Half-widths below this are rounding."""


def finding(table: pd.DataFrame, names: Mapping[str, str]) -> str:
    """One paragraph from the verdicts of `analysis.summary`; `names` are labels by variant key."""
    if not table["seeds"].sum():
        return "Nothing has finished yet, so nothing can be said."
    sentences = [
        _baseline(table, names),
        _with_effects(table, names, "better", "Better"),
        _with_effects(table, names, "worse", "Worse"),
        _undecided(table, names),
        _named(table, names, "too few seeds", "Too few seeds in common with the baseline to say"),
        _named(table, names, "failed", "No seed finished"),
        _named(table, names, "not run", "Not run yet"),
        _resolution(table),
        _without_width(table, names),
    ]
    return " ".join(sentence for sentence in sentences if sentence)


def _baseline(table: pd.DataFrame, names: Mapping[str, str]) -> str:
    rows = table[table["verdict"] == "baseline"]
    if rows.empty:
        return "The baseline has no finished evaluation, so nothing can be compared with it yet."
    row = rows.iloc[0]
    text = percent(row["top1"], row["top1_low"], row["top1_high"])
    return f"The baseline, `{names[row['key']]}`, reaches {text} % top-1."


def _with_effects(table: pd.DataFrame, names: Mapping[str, str], verdict: str, start: str) -> str:
    rows = table[table["verdict"] == verdict]
    said = [
        f"`{names[key]}` ({points(effect)} points)"
        for key, effect in zip(rows["key"], rows["effect"], strict=True)
    ]
    return f"{start} than the baseline: {', '.join(said)}." if said else ""


def _named(table: pd.DataFrame, names: Mapping[str, str], verdict: str, start: str) -> str:
    said = [f"`{names[key]}`" for key in table.loc[table["verdict"] == verdict, "key"]]
    return f"{start}: {', '.join(said)}." if said else ""


def _undecided(table: pd.DataFrame, names: Mapping[str, str]) -> str:
    said = _named(table, names, "not distinguishable", "Not distinguishable from it with these seeds")
    return f"{said} That does not show that they are equal." if said else ""


def _resolution(table: pd.DataFrame) -> str:
    half = (table["effect_high"] - table["effect_low"]).dropna() / 2
    if half.empty:
        return ""
    finest, coarsest = f"{100 * half.min():.2f}", f"{100 * half.max():.2f}"
    size = f"about {finest} points" if finest == coarsest else f"{finest} to {coarsest} points, by variant"
    return (
        f"The smallest effect that these seeds can tell from none, the half-width of its interval, is {size}."
    )


def _without_width(table: pd.DataFrame, names: Mapping[str, str]) -> str:
    same = table[(table["effect_high"] - table["effect_low"]) / 2 < _ZERO]
    said = ", ".join(f"`{names[key]}`" for key in same["key"])
    if not said:
        return ""
    return f"For {said} every seed gave the same effect: no width, which says little about other seeds."
