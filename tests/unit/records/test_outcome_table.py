"""The table of outcomes on disk: written and read whole, or not at all."""

import sys

import pytest

from moat_lab.records.outcome_table import load_table, store_table

arrow = pytest.importorskip("pyarrow")
parquet = pytest.importorskip("pyarrow.parquet")


def test_a_table_is_written_where_that_is_possible(tmp_path):
    assert store_table(tmp_path / "outcomes.parquet", {}) is True
    (tmp_path / "file").touch()
    assert store_table(tmp_path / "file" / "outcomes.parquet", {}) is False


def test_without_pyarrow_there_is_no_table(tmp_path, monkeypatch):
    store_table(tmp_path / "outcomes.parquet", {})
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    assert load_table(tmp_path / "outcomes.parquet") == {}
    assert store_table(tmp_path / "other.parquet", {}) is False


def test_a_table_of_something_else_has_no_entries(tmp_path):
    parquet.write_table(arrow.table({"file": ["a.json"]}), tmp_path / "outcomes.parquet")
    assert load_table(tmp_path / "outcomes.parquet") == {}
