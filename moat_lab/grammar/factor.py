"""One bound name of a space and the levels that it takes."""

from __future__ import annotations

from dataclasses import dataclass

from moat_lab.grammar.template import Level, level_text


@dataclass(frozen=True, slots=True)
class Factor:
    """A bound name and its levels, in the order in which they are written."""

    name: str
    levels: tuple[Level, ...]

    def __str__(self) -> str:
        return f"{self.name} in {_range_text(self.levels) or _set_text(self.levels)}"

    @property
    def texts(self) -> tuple[str, ...]:
        """The levels as they are written: what `bind` takes and tables show."""
        return tuple(map(level_text, self.levels))


def _range_text(levels: tuple[Level, ...]) -> str | None:
    """`8..64:8` where three or more whole numbers rise in equal steps."""
    if len(levels) < 3 or not all(isinstance(level, int) for level in levels):
        return None
    first, second, last = levels[0], levels[1], levels[-1]
    step = second - first  # type: ignore[operator]
    if step < 1 or levels != tuple(range(first, last + 1, step)):  # type: ignore[arg-type, operator]
        return None
    return f"{first}..{last}" + (f":{step}" if step != 1 else "")


def _set_text(levels: tuple[Level, ...]) -> str:
    return f"{{{', '.join(map(level_text, levels))}}}"
