"""The outcomes of many evaluations as one Parquet file beside them: faster to read, never the truth."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from moat_lab.files import atomic_file, check_regular
from moat_lab.records.outcome import Outcome, OutcomeEntry

_FORMAT = b"2"
"""Another one is read as no table."""
_STAMP = ("file", "size", "mtime_ns", "damaged")
_FIELDS = tuple(field.name for field in fields(Outcome))


def load_table(file: Path) -> dict[str, OutcomeEntry]:
    """File name -> entry; nothing where there is no table, a damaged one, or nothing that reads one."""
    try:
        import pyarrow as arrow
        from pyarrow import parquet
    except ImportError:
        return {}
    try:
        check_regular(file)
        table = parquet.read_table(file)
        if (table.schema.metadata or {}).get(b"moat_lab") != _FORMAT:
            return {}
        columns = [table.column(name).to_pylist() for name in (*_STAMP, *_FIELDS)]
    except (OSError, KeyError, ValueError, arrow.ArrowException):
        return {}
    return {row[0]: _entry(row) for row in zip(*columns, strict=True)}


def store_table(file: Path, entries: Mapping[str, OutcomeEntry]) -> bool:
    """Whether the table could be written, whole: not in a folder that cannot be written to."""
    try:
        import pyarrow as arrow
        from pyarrow import parquet
    except ImportError:
        return False
    try:
        table = arrow.table(_columns(entries), schema=_schema())
        with atomic_file(file) as path:
            parquet.write_table(table, path, compression="zstd")
    except (OSError, ValueError, OverflowError, arrow.ArrowException):
        return False
    return True


def _entry(row: tuple[object, ...]) -> OutcomeEntry:
    _, size, mtime_ns, damaged, *values = row
    outcome = str(damaged) if damaged is not None else Outcome(**dict(zip(_FIELDS, values, strict=True)))  # type: ignore[arg-type]
    return OutcomeEntry(size, mtime_ns, outcome)  # type: ignore[arg-type]


def _columns(entries: Mapping[str, OutcomeEntry]) -> dict[str, list[object]]:
    outcomes = [entry.outcome for entry in entries.values()]
    columns: dict[str, list[object]] = {
        "file": list(entries),
        "size": [entry.size for entry in entries.values()],
        "mtime_ns": [entry.mtime_ns for entry in entries.values()],
        "damaged": [one if isinstance(one, str) else None for one in outcomes],
    }
    return columns | {
        name: [None if isinstance(one, str) else getattr(one, name) for one in outcomes] for name in _FIELDS
    }


def _schema() -> Any:
    """Types of the columns, by hand: a column of nothing but nulls has none of its own."""
    import pyarrow as arrow

    text, whole_number, real = arrow.string(), arrow.int64(), arrow.float64()
    kinds = {"file": text, "size": whole_number, "mtime_ns": whole_number, "damaged": text}
    kinds |= {"network_key": text, "recipe_key": text, "seed": whole_number, "status": text, "error": text}
    kinds |= {"score": real, "epochs": whole_number, "images_per_s": real}
    return arrow.schema(list(kinds.items()), metadata={"moat_lab": _FORMAT})
