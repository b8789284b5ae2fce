"""Where the evaluations ran, with which versions, and what went wrong."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from moat_lab.records import Damaged, Evaluation
from moat_lab.report.units import count


def environment_lines(evaluations: Sequence[Evaluation]) -> list[str]:
    """One line for each entry of the environments; where they differ, each value and how often it occurs."""
    names = dict.fromkeys(name for e in evaluations for name in e.environment)
    return [f"- {name.replace('_', ' ')}: {_values(name, evaluations)}" for name in names]


def failures(evaluations: Iterable[Evaluation], names: Mapping[str, str]) -> list[str]:
    """One line for each failed evaluation: which, and the last line of its traceback."""
    return [
        f"- `{names[e.network_key]}`, seed {e.seed}: {_last_line(e.error or '')}"
        for e in evaluations
        if e.status == "failed"
    ]


def damages(damaged: Iterable[Damaged], folder: Path) -> list[str]:
    """One line for each file that could not be read."""
    return [f"- `{item.path.relative_to(folder).as_posix()}`: {item.reason}" for item in damaged]


def _values(name: str, evaluations: Sequence[Evaluation]) -> str:
    times = Counter(_text(e.environment.get(name)) for e in evaluations)
    if len(times) == 1:
        return next(iter(times))
    return "; ".join(f"{text} ({count(n, 'evaluation')})" for text, n in times.items())


def _text(value: Any) -> str:
    if value is None or value == "":
        return "not recorded"
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {_text(inner)}" for name, inner in value.items())
    return ", ".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)


def _last_line(error: str) -> str:
    lines = error.strip().splitlines()
    return lines[-1].strip() if lines else "no error text"
