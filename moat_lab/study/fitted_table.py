"""A table that leaves out columns where a terminal is narrow, and breaks no word."""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from dataclasses import replace

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderResult
from rich.markup import render
from rich.table import Column, Table

FILE_WIDTH = 160
"""Characters of a line where output is no terminal."""
GAP = 2
"""Characters between columns."""
_PROSE = 30
"""Characters that a column of sentences needs."""


class FittedTable(Table):
    """Columns are as wide as what they hold; one of sentences takes what is left."""

    def __init__(self, *, drop: Sequence[str] = (), prose: str = "") -> None:
        """
        Args:
            drop: headers of the columns that go where not all have room, the first of them first.
            prose: header of the column whose text may be wrapped.
        """
        super().__init__(box=None, pad_edge=False, padding=(0, GAP, 0, 0))
        self.drop, self.prose = tuple(drop), prose

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        kept, dropped = list(self.columns), []
        for header in self.drop:
            if self._needed(kept) > options.max_width:
                kept = [column for column in kept if column.header != header]
                dropped += [header]
        table, fits = copy(self), self._needed(kept) <= options.max_width
        table.columns = [
            replace(column, _index=at, no_wrap=fits and column.header != self.prose)
            for at, column in enumerate(kept)
        ]
        yield from Table.__rich_console__(table, console, options)
        if dropped:
            yield f"A terminal wider than {options.max_width} columns shows {' and '.join(dropped)} too."

    def _needed(self, columns: Sequence[Column]) -> int:
        return sum(map(self._width, columns)) + GAP * (len(columns) - 1)

    def _width(self, column: Column) -> int:
        widest = max(cell_len(render(str(cell)).plain) for cell in (column.header, *column._cells))
        return min(widest, _PROSE) if column.header == self.prose else widest


def study_console() -> Console:
    """That of a study's commands."""
    found = Console(highlight=False)
    return found if found.is_terminal else Console(highlight=False, width=FILE_WIDTH)


def columns_of(*first: str, drop: Sequence[str] = (), prose: str = "", **rest: str) -> Table:
    """The columns of `rest` are justified as they say; `drop` and `prose` as in `FittedTable`."""
    table = FittedTable(drop=drop, prose=prose)
    for name in first:
        table.add_column(name, overflow="fold")
    for name, side in rest.items():
        table.add_column(name, justify=side, overflow="fold")  # type: ignore[arg-type]
    return table
