"""What a summary allows to say, and what its seeds can show, in plain sentences."""

from collections.abc import Mapping

import pandas as pd

from moat_lab.analysis import required_seeds
from moat_lab.analysis.mechanism import NOT_TESTABLE
from moat_lab.analysis.power import family_confidence
from moat_lab.analysis.spending import ERROR
from moat_lab.report.mechanism import REASON
from moat_lab.report.units import HALF_A_POINT, count, in_points, percent, points, span


def verdict_sentences(
    table: pd.DataFrame,
    names: Mapping[str, str],
    margin: float | None = None,
    *,
    score: str,
    compared: int | None = None,
    level: float = ERROR,
) -> str:
    """One paragraph from the verdicts of `analysis.summary`; `names` are labels by variant key.

    Args:
        margin: of the plan: effects within it are equivalent, a fraction.
        score: its title.
        compared: effects that the study tested, where `table` is not all of it.
        level: the error that this look at the data may spend.
    """
    if not table["seeds"].sum() and table["failed"].sum():
        return f"Every training failed ({table['failed'].sum()}), so nothing can be said."
    if not table["seeds"].sum():
        return "Nothing has finished yet, so nothing can be said."
    sentences = [
        _baseline(table, names, score),
        _with_effects(table, names, "better", "Better"),
        _with_effects(table, names, "worse", "Worse"),
        _listed(table, names, "equivalent", _equivalent(margin)),
        _undecided(table, names),
        _listed(
            table,
            names,
            "underpowered",
            "Underpowered, for the effect in question would be missed more often than shown",
        ),
        _listed(table, names, "too few seeds", "Too few seeds in common with the baseline to say"),
        _listed(table, names, NOT_TESTABLE, f"Not testable here ({REASON})"),
        _listed(table, names, "failed", "No seed finished"),
        _listed(table, names, "not run", "Not run yet"),
        power_sentence(table, margin, number_tested(table) if compared is None else compared, level),
    ]
    return " ".join(sentence for sentence in sentences if sentence)


def _baseline(table: pd.DataFrame, names: Mapping[str, str], score: str) -> str:
    rows = table[table["verdict"] == "baseline"]
    if rows.empty:
        return "The baseline has no finished evaluation, so nothing can be compared with it yet."
    row = rows.iloc[0]
    text = percent(row["score"], row["score_low"], row["score_high"])
    failed, name = _and_failed(row["seeds"], row["failed"]), names[row["key"]]
    name_and_failed = failed if name == "baseline" else f", `{name}`{failed},"
    return f"The baseline{name_and_failed} reaches {text} % {score}."


def _and_failed(seeds: int, failed: int) -> str:
    """ " [25 of 30 seeds failed]"; nothing where none did."""
    return f" [{failed} of {count(seeds + failed, 'seed')} failed]" if failed else ""


def _with_effects(table: pd.DataFrame, names: Mapping[str, str], verdict: str, start: str) -> str:
    rows = table[table["verdict"] == verdict]
    variants = [
        f"`{names[key]}`{_and_failed(seeds, failed)} ({points(effect)} points)"
        for key, effect, seeds, failed in zip(
            rows["key"], rows["effect"], rows["seeds"], rows["failed"], strict=True
        )
    ]
    return f"{start} than the baseline: {', '.join(variants)}." if variants else ""


def _listed(table: pd.DataFrame, names: Mapping[str, str], verdict: str, start: str) -> str:
    rows = table[table["verdict"] == verdict]
    failed = map(_and_failed, rows["seeds"], rows["failed"])
    variants = [f"`{names[key]}`{missing}" for key, missing in zip(rows["key"], failed, strict=True)]
    return f"{start}: {', '.join(variants)}." if variants else ""


def _undecided(table: pd.DataFrame, names: Mapping[str, str]) -> str:
    listed = _listed(table, names, "not distinguishable", "Not distinguishable from it with these seeds")
    return f"{listed} That does not show that they are equal." if listed else ""


def _equivalent(margin: float | None) -> str:
    within = f", within the stated {in_points(margin)}" if margin else ""
    return f"Equivalent to it{within}"


def number_tested(table: pd.DataFrame) -> int:
    """How many effects of `analysis.summary` were tested, and share Holm's correction."""
    return int(table["p"].notna().sum())


def power_sentence(table: pd.DataFrame, margin: float | None, compared: int, level: float = ERROR) -> str:
    """The effect that is detectable with a power of 80 %, and the seeds that one of the margin takes.

    Over the variants with a deviation; empty without any.

    Args:
        margin: of the plan; where it states none, half a point.
        compared: effects that the study tested, in all readings.
        level: the error that this look at the data may spend.
    """
    rows = table[table["detectable"].notna()]
    if rows.empty or not level:
        return ""
    confidence = family_confidence(compared, level)
    effect = margin or HALF_A_POINT
    required = [required_seeds(sd, effect, confidence=confidence) for sd in rows["sd"]]
    effects = 100 * rows["detectable"]
    seeds = span(rows["pairs"].min(), rows["pairs"].max(), "{}")
    detectable = span(effects.min(), effects.max(), "{:.2f}")
    required_text = span(min(required), max(required), "{:,}")
    by_variant = ", by variant" if len(rows) > 1 else ""
    holm = ", after Holm," if compared > 1 else ""
    return (
        f"With these {seeds} seeds in common with the baseline an effect of {detectable} points would be "
        f"shown{holm} in 80 % of such studies or more{by_variant}; {in_points(effect)} would take "
        f"{required_text} seeds."
    )
