"""An evaluation is strict JSON and comes back exactly; damage is named by its field."""

import json
import math
from dataclasses import replace

import pytest
from pydantic_core import from_json

from moat_lab.records import Epoch, failure_reason
from moat_lab.records.evaluation import EVALUATION
from moat_lab.records.strict_json import from_text, to_text
from moat_lab.train.provenance import failure_text, with_advice
from tests.pace import times_as_long


def refuse(constant):
    raise AssertionError(f"not strict JSON: {constant}")


def test_what_is_written_comes_back_exactly(evaluation):
    assert from_text(EVALUATION, to_text(EVALUATION, evaluation())) == evaluation()


def test_floats_keep_every_digit(evaluation):
    assert '"top1": 0.30000000000000004' in to_text(EVALUATION, evaluation())


def test_the_largest_cost_is_taken(evaluation):
    costs = {"params": 1, "macs": 10**18, "activations": 1}
    assert from_text(EVALUATION, to_text(EVALUATION, evaluation(costs=costs))).costs == costs


def test_keys_stand_in_the_order_of_the_fields(evaluation):
    first = to_text(EVALUATION, evaluation()).splitlines()[:4]
    assert first == [
        "{",
        '  "network": "stem(16) | 1x mbconv+attn @32",',
        '  "network_key": "0123456789ab",',
        '  "recipe": {',
    ]


def test_a_diverged_run_is_strict_json_with_nulls(evaluation):
    epoch = Epoch(epoch=1, train_loss=math.inf, val_loss=math.nan, score=0.1, learning_rate=0.003)
    diverged = evaluation(
        status="failed",
        error="loss is NaN",
        scores={},
        final_loss=math.nan,
        curve=(epoch,),
        images_per_s=math.nan,
    )
    json.loads(to_text(EVALUATION, diverged), parse_constant=refuse)
    back = from_text(EVALUATION, to_text(EVALUATION, diverged))
    assert back.final_loss is None
    assert math.isnan(back.curve[0].train_loss)
    assert math.isnan(back.images_per_s)
    assert back.curve[0].score == 0.1


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('"seed": 7', '"seed": "7"', "seed: Input should be a valid integer; got '7'"),
        ('"seed": 7', '"seed": -7', "seed: should be 0 or more; got -7"),
        ('"costs"', '"prices"', "costs: Field required"),
        (
            '"train_loss": 2.25',
            '"train_loss": "low"',
            "curve.0.train_loss: Input should be a valid number; got 'low'",
        ),
        ("0123456789ab", "../etc", "network_key: should be 12 hex digits; got '../etc'"),
        (
            '"top1": 0.30000000000000004',
            '"top1": 93.1',
            "scores: should be fractions if status is ok; got {'top1': 93.1}",
        ),
        (
            '"top1": 0.30000000000000004',
            '"top1": null',
            "scores.top1: Input should be a valid number; got None",
        ),
        (
            '"macs": 20000',
            f'"macs": {10**400}',
            "costs: macs should be a whole number above 0, at most 10^18; got 1" + "0" * 59,
        ),
        (
            '"macs": 20000',
            f'"macs": {10**18 + 1}',
            f"costs: macs should be a whole number above 0, at most 10^18; got {10**18 + 1}",
        ),
        ('"macs": 20000', '"macs": 0', "costs: macs should be a whole number above 0, at most 10^18; got 0"),
        ('"train_s": 12.5', '"train_s": -1.0', "train_s: should be 0 or more; got -1.0"),
        (
            '"train_s": 12.5',
            '"train_s": 1e999',
            "train_s: should be a finite number, below 2^63 if whole; got inf",
        ),
        (
            '"val_loss": 2.5',
            '"val_loss": NaN',
            "curve.0.val_loss: should be a finite number, below 2^63 if whole; got nan",
        ),
        (
            '"learning_rate": 0.003\n  }',
            f'"learning_rate": 0.003, "val": {"9" * 400}\n  }}',
            "recipe: val: should be a whole number from 1 to 1,000,000,000; got " + "9" * 60,
        ),
        (
            '"learning_rate": 0.003\n  }',
            '"learning_rate": 0.003, "data": 7\n  }',
            "recipe: data: should be a text; got 7",
        ),
        (
            '"learning_rate": 0.003\n  }',
            '"learning_rate": 0.003, "tuned": [["0123", "nan"]]\n  }',
            "recipe: tuned: should be pairs of a network's key and a learning rate; got [['0123', 'nan']]",
        ),
        (
            '"torch": "2.9"',
            '"torch": -Infinity',
            "environment.versions.torch: should be a finite number, below 2^63 if whole; got -inf",
        ),
        (
            '"torch": "2.9"',
            f'"torch": {2**63}',
            f"environment.versions.torch: should be a finite number, below 2^63 if whole; got {2**63}",
        ),
        ('"status": "ok"', '"status": "failed"', "error: should be a text if status is failed; got None"),
    ],
)
def test_damage_is_named_by_its_field(evaluation, old, new, message):
    text = to_text(EVALUATION, evaluation())
    assert old in text
    with pytest.raises(ValueError) as caught:  # noqa: PT011
        from_text(EVALUATION, text.replace(old, new))
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            '"scores": {}',
            '"scores": {"top1": 0.1}',
            "scores: should be empty if status is paused; got {'top1': 0.1}",
        ),
        ('"error": null', '"error": "no"', "error: should be null if status is paused; got 'no'"),
        (
            '"final_loss": 2.25',
            '"final_loss": 2.5',
            "final_loss: should be that of the curve (2.25); got 2.5",
        ),
    ],
)
def test_a_paused_training_has_no_outcome_yet(paused, old, new, message):
    text = to_text(EVALUATION, paused(2))
    assert from_text(EVALUATION, text) == paused(2)
    with pytest.raises(ValueError) as caught:  # noqa: PT011
        from_text(EVALUATION, text.replace(old, new))
    assert str(caught.value) == message


def test_a_paused_training_has_come_somewhere(paused):
    with pytest.raises(ValueError, match=r"curve: should be a point or more if status is paused; got \(\)"):
        paused(0)


def test_the_last_loss_of_a_paused_training_is_the_last_of_its_curve(paused):
    first, last = paused(2).curve
    curve = (first, replace(last, train_loss=1.5))
    assert replace(paused(2), curve=curve, final_loss=1.5).final_loss == 1.5
    with pytest.raises(ValueError, match=r"final_loss: should be that of the curve \(1\.5\); got 2\.25"):
        replace(paused(2), curve=curve)


def test_the_curve_says_how_far_a_training_came_and_how_good_it_was_there(evaluation, paused):
    assert (evaluation().epochs, paused(3).epochs) == (1, 3)
    assert evaluation(status="failed", error="killed", scores={}, curve=()).epochs == 0
    assert [paused(3).score_at(epoch) for epoch in (0, 1, 3, 4)] == [None, 0.0, 0.2, None]


@pytest.mark.parametrize("length", [0, 1, 100, -2])
def test_a_cut_file_is_not_an_evaluation(evaluation, length):
    with pytest.raises(ValueError, match="Invalid JSON: EOF"):
        from_text(EVALUATION, to_text(EVALUATION, evaluation())[:length])


@pytest.mark.parametrize("content", ["[]", "[[[[[]]]]]", '{"a": {}}'])
def test_a_large_file_of_something_else_is_refused_soon(content):
    text = f'{{"network": [{", ".join([content] * 100_000)}]}}'

    def read():
        with pytest.raises(ValueError, match=r"^network_key: Field required$"):
            from_text(EVALUATION, text)

    assert times_as_long(read, lambda: from_json(text)) < 5


CUDA = (
    "CUDA error: device-side assert triggered\nCUDA kernel errors might be reported later.\n"
    "Compile with `TORCH_USE_CUDA_DSA` to enable device-side assertions.\n"
)
COMPILER = "InvalidCxxCompiler: No working C++ compiler found\n\nSet TORCHDYNAMO_VERBOSE=1 for the trace\n\n"


def raised(message):
    try:
        raise RuntimeError(message)
    except RuntimeError as failure:
        return failure_text(failure)


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        (CUDA, "RuntimeError: CUDA error: device-side assert triggered"),
        (COMPILER, "RuntimeError: InvalidCxxCompiler: No working C++ compiler found"),
        ("one line", "RuntimeError: one line"),
        ("\n  indented below the type", "RuntimeError: indented below the type"),
        ("the compiler raised:\n\nAssertionError: x", "RuntimeError: the compiler raised: AssertionError: x"),
        ("", "RuntimeError:"),
    ],
)
def test_the_reason_is_the_line_that_begins_with_the_exceptions_type(message, reason):
    assert failure_reason(raised(message)) == reason


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (None, "no error text"),
        (" \n", "no error text"),
        ("memory", "memory"),
        ("Traceback (most recent call last):\n  File x\nRuntimeError: y\nhint", "RuntimeError: y"),
        ("  a.py:1 f\n  b.py:2 g", "a.py:1 f"),
    ],
)
def test_records_of_other_writers_have_a_reason_too(error, reason):
    assert failure_reason(error) == reason


def test_advice_is_the_reason_and_what_was_raised_stands_below_it():
    error = with_advice(raised("cannot allocate\nmore"), "of its halves, `batch: 8` fits")
    assert failure_reason(error) == "RuntimeError: of its halves, `batch: 8` fits"
    assert error.splitlines()[-2:] == ["cannot allocate", "more"]


@pytest.mark.parametrize("train", [1, 10**9, "all"])
def test_a_count_of_images_goes_from_one_to_a_thousand_million(evaluation, train):
    one = evaluation(recipe={"train": train})
    assert from_text(EVALUATION, to_text(EVALUATION, one)) == one


def test_a_notebook_shows_scores_in_percent_and_costs(evaluation):
    shown = evaluation(scores={"top1": 0.123}, costs={"macs": 1_234_567})._repr_html_()
    assert "<th>top-1</th><th>MACs</th>" in shown
    assert "<td>12.3 %</td><td>1,234,567</td>" in shown


def test_a_notebook_shows_why_a_training_failed(evaluation):
    failed = evaluation(status="failed", error="Traceback (most\n  x\nValueError: a<b", scores={})
    assert "<th>failed</th>" in failed._repr_html_()
    assert "<td>ValueError: a&lt;b</td>" in failed._repr_html_()
