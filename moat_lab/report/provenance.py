"""Where the evaluations ran, with which versions, and what went wrong."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from moat_lab.records import Damaged, Evaluation, failure_reason
from moat_lab.report.units import count

_MOST_LISTED = 10


def environment_lines(evaluations: Sequence[Evaluation]) -> list[str]:
    """One line for each entry of the environments; where they differ, each value and how often it occurs."""
    names = dict.fromkeys(name for e in evaluations for name in e.environment)
    return [f"- {name.replace('_', ' ')}: {_values(name, evaluations)}" for name in names]


def failure_lines(evaluations: Iterable[Evaluation], names: Mapping[str, str]) -> list[str]:
    """One line for each failed evaluation: which, and why."""
    return [
        f"- `{names[e.network_key]}`, seed {e.seed}: {failure_reason(e.error)}"
        for e in evaluations
        if e.status == "failed"
    ]


def damage_lines(damaged: Iterable[Damaged], folder: Path) -> list[str]:
    """One line for each file that could not be read."""
    return [f"- `{item.path.relative_to(folder).as_posix()}`: {item.reason}" for item in damaged]


def unread_text(damaged: Sequence[Damaged], folder: Path) -> str:
    """What to print of the files that could not be read; nothing where there are none."""
    if not damaged:
        return ""
    lines = damage_lines(damaged[:_MOST_LISTED], folder)
    more = [f"- and {count(len(damaged) - _MOST_LISTED, 'other')}"] if len(damaged) > _MOST_LISTED else []
    heading = f"Could not be read, and counted nowhere: {count(len(damaged), 'file')}."
    return "\n".join([heading, *lines, *more])


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
