"""What a metric says of its axis."""

from dataclasses import replace

import pytest

from moat_lab.metrics import METRICS


@pytest.mark.parametrize(
    ("values", "expected"),
    [([1, 8], False), ([1, 8.1], True), ([0, 1, 100], False), ([], False), ([5], False)],
)
def test_an_axis_is_logarithmic_where_its_values_lie_far_apart(values, expected):
    assert METRICS["macs"].is_logarithmic(values) is expected


def test_a_metric_of_linear_scale_is_never_logarithmic():
    assert not METRICS["top1"].is_logarithmic([0.01, 0.9])
    assert not replace(METRICS["macs"], scale="linear").is_logarithmic([1, 100])
