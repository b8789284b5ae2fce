"""A measurement is strict JSON and comes back exactly, from a folder of its own."""

import math

import pytest

from moat_lab.records import ResultsFolder
from moat_lab.records.evaluation import EVALUATION
from moat_lab.records.measurement import MEASUREMENT
from moat_lab.records.strict_json import from_text, to_text


def test_what_is_written_comes_back_exactly(measurement):
    assert from_text(MEASUREMENT, to_text(MEASUREMENT, measurement())) == measurement()
    assert '"latency_ms": 0.30000000000000004' in to_text(MEASUREMENT, measurement())


def test_a_value_that_is_not_finite_is_null_and_comes_back_as_nan(measurement):
    text = to_text(MEASUREMENT, measurement(values={"synflow": math.inf, "grad_norm": math.nan}))
    assert '"synflow": null' in text
    assert all(math.isnan(value) for value in from_text(MEASUREMENT, text).values.values())


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("0123456789ab", "../etc", "network_key: should be 12 hex digits; got '../etc'"),
        ("ba9876543210", "a/b", "recipe_key: should be letters and digits; got 'a/b'"),
        ('"seed": 7', '"seed": -7', "seed: should be 0 or more; got -7"),
        (
            '"synflow": 12.5',
            '"synflow": "high"',
            "values.synflow: Input should be a valid number; got 'high'",
        ),
    ],
)
def test_damage_is_named_by_its_field(measurement, old, new, message):
    with pytest.raises(ValueError) as caught:  # noqa: PT011
        from_text(MEASUREMENT, to_text(MEASUREMENT, measurement()).replace(old, new))
    assert str(caught.value) == message


def test_an_appended_measurement_is_found_and_read(tmp_path, measurement):
    store = ResultsFolder(tmp_path / "results").measurements
    path = store.append(measurement())
    assert path == tmp_path / "results/measurements/0123456789ab-ba9876543210-7.json"
    assert store.path("0123456789ab", "ba9876543210", 7) == path
    assert store.find("0123456789ab", "ba9876543210", 7) == measurement()
    assert store.find("0123456789ab", "ba9876543210", 8) is None
    store.append(measurement(seed=3))
    assert store.read()[0] == (measurement(seed=3), measurement())


def test_a_new_measurement_replaces_an_old_one(tmp_path, measurement):
    store = ResultsFolder(tmp_path).measurements
    store.append(measurement())
    store.append(measurement(values={"synflow": 1.0}))
    assert [dict(m.values) for m in store.read()[0]] == [{"synflow": 1.0}]


def test_damaged_files_and_copies_are_named_and_skipped(tmp_path, measurement):
    store = ResultsFolder(tmp_path).measurements
    store.append(measurement()).with_name("copy.json").write_text(to_text(MEASUREMENT, measurement()))
    store.path("0123456789ab", "ba9876543210", 8).write_text(to_text(MEASUREMENT, measurement(seed=8))[:50])
    records, damaged = store.read()
    assert records == (measurement(),)
    assert [item.path.name for item in damaged] == ["0123456789ab-ba9876543210-8.json", "copy.json"]
    assert damaged[0].reason.startswith("Invalid JSON: EOF")
    assert damaged[1].reason == ("holds the measurement that belongs in 0123456789ab-ba9876543210-7.json")


def test_another_network_with_the_same_key_is_refused(tmp_path, measurement):
    store = ResultsFolder(tmp_path).measurements
    store.append(measurement())
    with pytest.raises(ValueError, match="holds another network or recipe with the same key; not replaced"):
        store.append(measurement(network="stem(64)"))
    assert store.read()[0] == (measurement(),)


def test_an_evaluation_is_no_measurement(tmp_path, evaluation):
    store = ResultsFolder(tmp_path).measurements
    path = store.path("0123456789ab", "ba9876543210", 7)
    path.parent.mkdir()
    path.write_text(to_text(EVALUATION, evaluation()))
    assert [item.reason for item in store.read()[1]] == ["values: Field required"]
