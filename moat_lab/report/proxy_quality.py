"""The section of a calibration on what each schedule is worth as a proxy."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from moat_lab.analysis.proxy_quality import CEILING, COMPRESSED, RISING
from moat_lab.report.markdown import markdown_table
from moat_lab.report.names import levels
from moat_lab.report.units import NOTHING, code, points

Row = Mapping[Any, Any]
_METHOD = f"""\
SNR is the deviation between networks over the deviation between the seeds of a network, of one training each.
What few seeds add to the spread of the means is taken off, so that 0 is a schedule in which all networks are
alike (a one-way random-effects analysis of variance, with its interval). "Of means" is that of the means over
seeds: 2 or more tells most networks apart. As the trainings that a given certainty takes go with 1 / SNR²,
SNR² a second of training is what a schedule tells for its time. Headroom is what the best network lacks to
100 %. "Upper / lower" is the distance from the median to the best over that from the worst to the median: at
a ceiling the better half is squeezed. A schedule is at its ceiling with less than {100 * CEILING:g} points of
headroom and a ratio below {COMPRESSED:g}. The last tenth is what the mean gains in the last tenth of the
epochs; from {100 * RISING:g} point on the schedule measures in mid-rise, and orders networks by how fast they
learn."""


def proxy_sections(table: pd.DataFrame, outlier: Mapping[str, str]) -> list[str]:
    """How well each schedule tells networks apart; nothing where no schedule has two seeds."""
    if table["snr"].isna().all():
        return []
    left_out = code(levels(outlier, tuple(outlier))) if outlier else ""
    checked = bool(table["checked"].sum())
    titles = [
        "schedule",
        *(["SNR", f"without {left_out} [95 %]"] if outlier else ["SNR [95 %]"]),
        "of means",
        "SNR² a second",
        "headroom, points",
        "upper / lower",
        "last tenth, points",
        *(["learned less frozen, points [t 95 %]", "attention in use"] if checked else []),
    ]
    rows = [_row(row, outlier=bool(outlier), checked=checked) for row in table.to_dict("records")]
    without = f"\n\nAll but the first SNR and the last tenth leave out {left_out}." if outlier else ""
    return [
        "## What each is worth as a proxy",
        proxy_sentence(table),
        markdown_table("l" + "r" * (len(titles) - 1), titles, rows),
        _METHOD + without,
    ]


def proxy_sentence(table: pd.DataFrame) -> str:
    """The schedule that tells most for its time, of those neither at their ceiling nor in mid-rise."""
    rows = table.to_dict("records")
    excluded = [f"{code(row['schedule'])} ({', '.join(problems(row))})" for row in rows if problems(row)]
    left_out = f" Not counted: {'; '.join(excluded)}." if excluded else ""
    suited = [row for row in rows if not problems(row) and row["snr2_per_s"] == row["snr2_per_s"]]
    if not suited:
        return f"No schedule measures below its ceiling and beyond its rise.{left_out}"
    best = max(suited, key=lambda row: float(row["snr2_per_s"]))
    ratio, of_means, seeds = (float(best[name]) for name in ("snr_without", "snr_of_means", "seeds"))
    return (
        f"{code(best['schedule'])} tells networks apart best for its time, of the schedules below their "
        f"ceiling and beyond their rise: SNR {ratio:.1f}, {of_means:.1f} of means over {seeds:g} seeds."
        f"{left_out}"
    )


def problems(row: Row) -> list[str]:
    """Why a schedule's order is not to be trusted."""
    found = []
    if row["headroom"] < CEILING and row["compression"] < COMPRESSED:
        found.append("at its ceiling")
    if row["late_gain"] >= RISING:
        found.append("in mid-rise")
    if row["checked"] and not row["in_use"]:
        found.append("attention in no use")
    return found


def _row(row: Row, *, outlier: bool, checked: bool) -> list[str]:
    def number(name: str, form: str, factor: float = 1) -> str:
        return NOTHING if row[name] != row[name] else form.format(factor * row[name])

    mechanism = points(row["mechanism"], row["mechanism_low"], row["mechanism_high"])
    return [
        code(str(row["schedule"])),
        number("snr", "{:.1f}") + ("" if outlier else _between(row)),
        *([number("snr_without", "{:.1f}") + _between(row)] if outlier else []),
        number("snr_of_means", "{:.1f}"),
        number("snr2_per_s", "{:.2f}"),
        number("headroom", "{:.1f}", 100),
        number("compression", "{:.2f}"),
        number("late_gain", "{:+.2f}", 100),
        *([mechanism, f"{row['in_use']:.0f} of {row['checked']:.0f}"] if checked else []),
    ]


def _between(row: Row) -> str:
    low, high = row["snr_without_low"], row["snr_without_high"]
    return "" if low != low else f" [{low:.1f}, {high:.1f}]"
