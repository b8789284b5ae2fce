"""The paragraph says what the verdicts allow, and no more."""

import math

import pandas as pd
import pytest

from moat_lab.report.ablation.sentences import verdict_sentences

TOP1 = {"score": "top-1"}
NAMES = {key: key.upper() for key in "abcdefgh"}


def table(*rows):
    columns = [
        "key",
        "seeds",
        "failed",
        "score",
        "score_low",
        "score_high",
        "effect",
        "effect_low",
        "effect_high",
        "pairs",
        "p",
        "sd",
        "detectable",
        "verdict",
    ]
    return pd.DataFrame(rows, columns=columns)


def row(key, verdict, effect=math.nan, half=math.nan, seeds=3, failed=0):
    """Half the interval, the deviation and the smallest effect shown are one number here."""
    low, high = effect - half, effect + half
    return (key, seeds, failed, 0.9, 0.89, 0.91, effect, low, high, min(seeds, 3), half, half, half, verdict)


def test_each_verdict_has_its_sentence():
    said = verdict_sentences(
        table(
            row("a", "baseline"),
            row("b", "better", 0.02, 0.01),
            row("c", "worse", -0.03, 0.02),
            row("d", "not distinguishable", 0.001, 0.005),
            row("e", "too few seeds", 0.01),
            row("f", "failed", seeds=0),
            row("g", "not run", seeds=0),
            row("h", "equivalent", 0.001, 0.005),
        ),
        NAMES,
        margin=0.005,
        score="top-1",
    )
    assert said == (
        "The baseline, `A`, reaches 90.0 [89.0, 91.0] % top-1. "
        "Better than the baseline: `B` (+2.00 points). "
        "Worse than the baseline: `C` (-3.00 points). "
        "Equivalent to it, within the stated 0.5 points: `H`. "
        "Not distinguishable from it with these seeds: `D`. That does not show that they are equal. "
        "Too few seeds in common with the baseline to say: `E`. "
        "No seed finished: `F`. "
        "Not run yet: `G`. "
        "With these 3 seeds in common with the baseline an effect of 0.50 to 2.00 points would be shown, "
        "after Holm, in 80 % of such studies or more, by variant; 0.5 points would take 15 to 182 seeds."
    )


def test_nothing_finished_is_said():
    assert (
        verdict_sentences(table(row("a", "not run", seeds=0)), NAMES, **TOP1)
        == "Nothing has finished yet, so nothing can be said."
    )
    assert verdict_sentences(table(), NAMES, **TOP1) == "Nothing has finished yet, so nothing can be said."


def test_failures_stand_beside_the_verdict():
    said = verdict_sentences(
        table(
            row("a", "baseline", failed=1),
            row("b", "better", 0.02, 0.01, seeds=5, failed=25),
            row("c", "failed", seeds=0, failed=2),
        ),
        NAMES,
        **TOP1,
    )
    assert said.startswith(
        "The baseline, `A` [1 of 4 seeds failed], reaches 90.0 [89.0, 91.0] % top-1. "
        "Better than the baseline: `B` [25 of 30 seeds failed] (+2.00 points). "
        "No seed finished: `C` [2 of 2 seeds failed]. "
    )
    assert verdict_sentences(table(row("a", "failed", seeds=0, failed=3)), NAMES, **TOP1) == (
        "Every training failed (3), so nothing can be said."
    )


def test_a_missing_baseline_is_said():
    said = verdict_sentences(
        table(row("a", "not run", seeds=0), row("b", "too few seeds")), NAMES, score="top-1"
    )
    assert said.startswith("The baseline has no finished evaluation, so nothing can be compared with it yet.")


def test_without_two_seeds_nothing_is_said_of_what_they_can_show():
    said = verdict_sentences(
        table(row("a", "baseline", seeds=1), row("b", "too few seeds", seeds=1)), NAMES, score="top-1"
    )
    assert said.endswith("Too few seeds in common with the baseline to say: `B`.")


def test_one_variant_is_no_range():
    said = verdict_sentences(
        table(row("a", "baseline"), row("b", "worse", -0.02, 0.01)), NAMES, score="top-1"
    )
    assert said.endswith(
        "With these 3 seeds in common with the baseline an effect of 1.00 points would be shown "
        "in 80 % of such studies or more; 0.5 points would take 34 seeds."
    )


@pytest.mark.parametrize(
    ("margin", "text"), [(0.01, "1 point would take 10 seeds."), (None, "0.5 points would take 34 seeds.")]
)
def test_seeds_are_computed_for_the_stated_margin(margin, text):
    said = verdict_sentences(
        table(row("a", "baseline"), row("b", "worse", -0.02, 0.01)), NAMES, margin, **TOP1
    )
    assert said.endswith(text)
