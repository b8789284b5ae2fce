"""The paragraph says what the verdicts allow, and no more."""

import math

import pandas as pd

from moat_lab.report.finding import finding

NAMES = {key: key.upper() for key in "abcdefg"}


def table(*rows):
    columns = [
        "key",
        "seeds",
        "top1",
        "top1_low",
        "top1_high",
        "effect",
        "effect_low",
        "effect_high",
        "verdict",
    ]
    return pd.DataFrame(rows, columns=columns)


def row(key, verdict, effect=math.nan, half=math.nan, seeds=3):
    return (key, seeds, 0.9, 0.89, 0.91, effect, effect - half, effect + half, verdict)


def test_each_verdict_has_its_sentence():
    said = finding(
        table(
            row("a", "baseline"),
            row("b", "better", 0.02, 0.01),
            row("c", "worse", -0.03, 0.02),
            row("d", "not distinguishable", 0.001, 0.005),
            row("e", "too few seeds", 0.01),
            row("f", "failed", seeds=0),
            row("g", "not run", seeds=0),
        ),
        NAMES,
    )
    assert said == (
        "The baseline, `A`, reaches 90.0 [89.0, 91.0] % top-1. "
        "Better than the baseline: `B` (+2.00 points). "
        "Worse than the baseline: `C` (-3.00 points). "
        "Not distinguishable from it with these seeds: `D`. That does not show that they are equal. "
        "Too few seeds in common with the baseline to say: `E`. "
        "No seed finished: `F`. "
        "Not run yet: `G`. "
        "The smallest effect that these seeds can tell from none, the half-width of its interval, "
        "is 0.50 to 2.00 points, by variant."
    )


def test_nothing_finished_is_said():
    assert (
        finding(table(row("a", "not run", seeds=0)), NAMES)
        == "Nothing has finished yet, so nothing can be said."
    )
    assert finding(table(), NAMES) == "Nothing has finished yet, so nothing can be said."


def test_a_missing_baseline_is_said():
    said = finding(table(row("a", "not run", seeds=0), row("b", "too few seeds")), NAMES)
    assert said.startswith("The baseline has no finished evaluation, so nothing can be compared with it yet.")


def test_an_interval_without_width_is_not_sold_as_certainty():
    said = finding(table(row("a", "baseline"), row("b", "better", 0.01, 0.0)), NAMES)
    assert said.endswith(
        "For `B` every seed gave the same effect: no width, which says little about other seeds."
    )
