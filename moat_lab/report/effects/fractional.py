"""What the factors of a fraction do -> a section of report.md, and the rows of its forest plot."""

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any

import pandas as pd

from moat_lab.analysis import defining_words
from moat_lab.analysis.factor_tables import baseline_levels
from moat_lab.records import Plan
from moat_lab.report.effects import EffectsInfo, effects_info_of_rows
from moat_lab.report.markdown import markdown_table
from moat_lab.report.names import reading_title
from moat_lab.report.units import code, points, probability

_TITLES = ("change", "from", "seeds", "main effect, points [t 95 %]", "p (Holm)", "verdict")
_METHOD = """\
A main effect is what the change does as a mean over the levels of the other factors, by least squares over
all points, paired by seed; p is after Holm over the rows of its table. All are in `main_effects.csv`."""
_NUMERALS = {2: "II", 3: "III", 4: "IV"}


def main_effects_sections(plan: Plan, table: pd.DataFrame) -> list[str]:
    """The design in words, then table and figure; nothing where the design is no fraction.

    Args:
        table: `analysis.main_effects`.
    """
    if not plan.is_fraction:
        return []
    sections = ["## Main effects", design_words(plan)]
    for reading in plan.match:
        rows = table[table["reading"] == reading]
        heading = [f"### {reading_title(reading)}"] if len(plan.match) > 1 else []
        if not rows.empty:
            cells = map(_row, rows.to_dict("records"))
            sections += [*heading, markdown_table("llrrrl", _TITLES, cells)]
    if table.empty:
        return [*sections, "Too few points have finished with a seed in common to tell them."]
    return [*sections, "![Main effects](main_effects.png)", _METHOD]


def main_effects_info(plan: Plan, table: pd.DataFrame) -> EffectsInfo:
    """A forest plot of `analysis.main_effects`: one row for each factor."""
    rows = [(f"{row['factor']}={row['level']}", str(row["reading"]), row) for row in table.to_dict("records")]
    return effects_info_of_rows(plan, rows, against="the baseline's level")


def design_words(plan: Plan) -> str:
    """The design, its resolution, and what is aliased in it."""
    sizes = {reading: len(variants) for reading, variants in plan.readings.items()}
    (_, first), *_ = plan.readings.items()
    words = defining_words([variant.factors for variant in first], baseline_levels(plan)) if first else []
    factors = sum(len({v.factors[f] for v in first}) > 1 for f in baseline_levels(plan))
    size_or_resolution = plan.design.removeprefix("fractional ")
    size = next(iter(sizes.values()))
    design = (
        f"The design is a fraction of {size} of the {2**factors} points of {factors} factors with two levels "
        f"(`fractional: {size_or_resolution}`)"
    )
    if size == 2**factors:
        return f"{design}: all of them, so that nothing is aliased."
    resolution = _NUMERALS.get(min(map(len, words), default=5), "V or more")
    return f"{design}, of resolution {resolution}. {_aliases(words)}"


def _aliases(words: Sequence[tuple[str, ...]]) -> str:
    if not words:
        return (
            "Main effects and interactions of two factors are clear of each other; they are aliased only "
            "with interactions of three factors or more, which are taken to be none."
        )
    sentences = [_mains(words), _pairs(words)]
    return " ".join(sentence for sentence in sentences if sentence)


def _mains(words: Sequence[tuple[str, ...]]) -> str:
    aliases: dict[str, list[str]] = {}
    for word in words:
        for factor in word if len(word) < 4 else ():
            rest = [name for name in word if name != factor]
            aliases.setdefault(factor, []).append(_together(rest))
    if not aliases:
        return (
            "Main effects are clear of interactions of two factors, and aliased with those of three, which "
            "are taken to be none."
        )
    listed = "; ".join(f"{code(factor)} with {' and '.join(others)}" for factor, others in aliases.items())
    return (
        f"Each main effect stands for itself and for what it is aliased with: {listed}. Where these factors "
        "interact, the effect may be theirs."
    )


def _pairs(words: Sequence[tuple[str, ...]]) -> str:
    alike: list[set[tuple[str, ...]]] = []
    for word in words:
        for pair in combinations(word, 2) if len(word) == 4 else ():
            other = tuple(name for name in word if name not in pair)
            joined = [group for group in alike if pair in group or other in group]
            alike = [group for group in alike if group not in joined] + [{pair, other}.union(*joined)]
    if not alike:
        return ""
    listed = "; ".join(" with ".join(_together(pair) for pair in sorted(group)) for group in alike)
    return f"Interactions that are aliased with each other, and not estimated: {listed}."


def _together(factors: Sequence[str]) -> str:
    return code("*".join(factors))


def _row(row: Mapping[Any, Any]) -> tuple[object, ...]:
    effect = points(row["effect"], row["effect_low"], row["effect_high"])
    change = code(f"{row['factor']}={row['level']}")
    p = probability(row["p_adjusted"])
    return change, code(row["baseline_level"]), row["seeds"], effect, p, row["verdict"]
