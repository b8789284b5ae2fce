"""The first sentence of a report says what was found and how sure that is."""

from dataclasses import replace

from moat_lab.analysis import averaged_summary
from moat_lab.report.ablation.answer import answer_sections
from tests.unit.report.conftest import PLAN, run


def answer(tops, plan=PLAN):
    runs = [run(order, seed, score) for order, scores in tops.items() for seed, score in enumerate(scores)]
    return answer_sections(plan, averaged_summary(plan, runs))


def test_verdicts_are_told_with_their_intervals_and_what_is_open_with_its_seeds():
    tops = {
        "mbconv+attn": [0.80, 0.82, 0.84],
        "attn+mbconv": [0.80, 0.83, 0.83],
        "attn+mlp": [0.699, 0.720, 0.741],
    }
    assert answer(tops) == [
        "**Answer.** With 96 % confidence, on `digits`, `attn+mlp` is worse than `mbconv+attn` by "
        "10.0 points [9.8, 10.2]; `attn+mbconv` cannot be told from `mbconv+attn` by 3 seeds."
    ]


def test_several_verdicts_share_their_confidence():
    tops = {
        "mbconv+attn": [0.80, 0.82, 0.84],
        "attn+mbconv": [0.850, 0.871, 0.889],
        "attn+mlp": [0.699, 0.720, 0.741],
    }
    (told,) = answer(tops)
    assert told.startswith(
        "**Answer.** With 96 % confidence in all verdicts together, on `digits`, `attn+mbconv`"
    )
    assert "is better than `mbconv+attn` by 5.0 points" in told


def test_what_the_margin_holds_is_equivalent():
    tops = {"mbconv+attn": [0.80, 0.82, 0.84], "attn+mbconv": [0.801, 0.820, 0.839]}
    (told,) = answer(tops, replace(PLAN, margin=0.01))
    assert told.endswith("`attn+mbconv` is equivalent to `mbconv+attn` within the margin of 1 point.")


def test_before_anything_has_finished_there_is_no_answer():
    assert answer({}) == []
    assert answer({"mbconv+attn": [0.8]}) == []
