import pytest

from moat_lab.records import reason_of
from moat_lab.train.provenance import failure_text, with_advice

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
    assert reason_of(raised(message)) == reason


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
    assert reason_of(error) == reason


def test_advice_is_the_reason_and_what_was_raised_stands_below_it():
    error = with_advice(raised("cannot allocate\nmore"), "of its halves, `batch: 8` fits")
    assert reason_of(error) == "RuntimeError: of its halves, `batch: 8` fits"
    assert error.splitlines()[-2:] == ["cannot allocate", "more"]
