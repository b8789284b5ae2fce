"""Costs as tables on a screen, and as CSV."""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterable, Sequence

from rich import box
from rich.console import Console
from rich.table import Table

from moat_lab.costs.closed_form import Cost
from moat_lab.costs.space_summary import Summary
from moat_lab.heads import KIND, head_content, kind_of
from moat_lab.metrics import CLOSED_FORM, COUNTS, METRICS

TITLES = {"params": "Params", "macs": "MACs", "activations": "Activations"}
"""Of the columns of a network's table."""
_OTHERS = [name for name in CLOSED_FORM if name not in COUNTS]


def print_cost(cost: Cost, by: str) -> None:
    """The network, where its cost arises, and the total."""
    rows = cost.rows(by)
    table = Table("Part", "Output", box=box.SIMPLE_HEAD)
    for title in [*TITLES.values(), "% of MACs"]:
        table.add_column(title, justify="right", no_wrap=True)
    for row in rows:
        count = row.count
        share = f"{100 * count.macs / max(1, cost.macs):.1f}"
        table.add_row(
            row.name, str(row.output), *_numbers(count.params, count.macs, count.activations), share
        )
    table.add_section()
    table.add_row("total", "", *_numbers(cost.params, cost.macs, cost.activations), "100.0", style="bold")
    (height, width), chans, classes = cost.inputs.resolution, cost.inputs.in_chans, cost.inputs.classes
    _print(
        str(cost.network),
        f"key {cost.network.key}, {height}x{width} px, {chans} channels, {classes} classes{_head(cost)}",
        table,
        *(f"  {METRICS[name].title}: {_number(cost.value(name))} {METRICS[name].unit}" for name in _OTHERS),
    )


def _head(cost: Cost) -> str:
    head = cost.inputs.head
    if head is None:
        return ""
    options = [f"{name}={value}" for name, value in head_content(head).items() if name != KIND]
    return f", head {','.join([kind_of(head), *options])}"


def print_summary(summary: Summary) -> None:
    """The spread of each metric, and the networks at its ends."""
    table = Table("", box=box.SIMPLE_HEAD)
    for title in ("Min", "Median", "Max"):
        table.add_column(title, justify="right", no_wrap=True)
    for spread in summary.spreads:
        least, most = spread.least.value(spread.metric), spread.most.value(spread.metric)
        table.add_row(_title(spread.metric), *_numbers(least, spread.median, most))
    drawn = "" if summary.counted == summary.size else f", of which {summary.counted:,} drawn with seed 0"
    height, width = summary.spreads[0].least.inputs.resolution
    _print(f"{summary.size:,} networks{drawn}, {height}x{width} px", table, *_ends(summary))


def write_cost(cost: Cost, by: str) -> None:
    """The rows as CSV, without a total."""
    rows = ([r.name, r.output, r.count.params, r.count.macs, r.count.activations] for r in cost.rows(by))
    _write(["name", "output", *COUNTS], rows)


def write_summary(summary: Summary) -> None:
    """One line per metric as CSV, with the texts of the networks at its ends."""
    rows = (
        [
            *(s.metric, s.least.value(s.metric), s.median, s.most.value(s.metric)),
            *(s.least.network, s.most.network),
        ]
        for s in summary.spreads
    )
    _write(["metric", "min", "median", "max", "min_network", "max_network"], rows)


def _ends(summary: Summary) -> Iterable[str]:
    """`fewest params, fewest MACs: text`: each network once, with all that it is the end of."""
    ends: dict[str, list[str]] = {}
    for spread in summary.spreads:
        title = TITLES.get(spread.metric, METRICS[spread.metric].title)
        title = title if title == "MACs" else title.lower()
        fewest = "fewest" if spread.metric in COUNTS else "least"
        ends.setdefault(str(spread.least.network), []).append(f"{fewest} {title}")
        ends.setdefault(str(spread.most.network), []).append(f"most {title}")
    return (f"{', '.join(names)}:\n  {text}" for text, names in ends.items())


def _title(metric: str) -> str:
    label = METRICS[metric].label
    return TITLES.get(metric, label[0].upper() + label[1:])


def _numbers(*values: float) -> list[str]:
    return [_number(value) for value in values]


def _number(value: float) -> str:
    return f"{value:,}" if isinstance(value, int) else f"{value:,.3f}"


def _print(*parts: str | Table) -> None:
    console = Console(highlight=False, markup=False)
    if not console.is_terminal:
        console = Console(highlight=False, markup=False, width=120)
    for part in parts:
        # Texts are for copying: no line breaks but the terminal's own.
        console.print(part, soft_wrap=isinstance(part, str))


def _write(header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
