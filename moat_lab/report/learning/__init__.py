"""Top-1 by epoch: the lines and bands of a figure, before it is drawn."""

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

MOST_LABELS = 8
"""More lines than this look alike in one column of a paper."""
_START = 0.25
"""The part of the training that may leave the view: it would flatten the rest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A variant's score in percent, by epoch: mean over seeds, lowest and highest seed."""

    label: str
    epochs: tuple[int, ...]
    mean: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    seeds: int
    verdict: str
    is_labelled: bool

    @property
    def is_baseline(self) -> bool:
        return self.verdict == "baseline"


@dataclass(frozen=True, slots=True, kw_only=True)
class CurvesInfo:
    """All that the figure shows: lines in the plan's order, from `bottom` to `top`, percent of `score`."""

    lines: tuple[Line, ...]
    bottom: float
    score: str

    @property
    def top(self) -> float:
        highest = max((value for line in self.lines for value in line.high if value == value), default=100.0)
        return highest + max(0.04 * (highest - self.bottom), 0.5)


def curves_info(
    table: pd.DataFrame, names: Mapping[str, str], verdicts: Mapping[str, str], score: str
) -> CurvesInfo:
    """The learning curves of `analysis.curves`; names and verdicts, as in `analysis.summary`, by variant key.

    With more than 8 variants, the baseline and the 7 others with the best end have labels.
    """
    groups = {str(key): rows for key, rows in table.groupby("key", sort=False)}
    ends = {
        key: float(rows[rows["epoch"] == rows["epoch"].max()]["score"].mean()) for key, rows in groups.items()
    }
    others = sorted((key for key in groups if verdicts[key] != "baseline"), key=lambda key: -ends[key])
    unnamed = others[MOST_LABELS - 1 :] if len(groups) > MOST_LABELS else []
    lines = tuple(
        _line(rows, names[key], verdict=verdicts[key], is_labelled=key not in unnamed)
        for key, rows in groups.items()
    )
    return CurvesInfo(lines=lines, bottom=_bottom(lines), score=score)


def _line(rows: pd.DataFrame, label: str, *, verdict: str, is_labelled: bool) -> Line:
    by_epoch = (100 * rows.set_index("epoch")["score"]).groupby(level=0).agg(["mean", "min", "max"])
    return Line(
        label=label,
        epochs=tuple(int(epoch) for epoch in by_epoch.index),
        mean=tuple(by_epoch["mean"]),
        low=tuple(by_epoch["min"]),
        high=tuple(by_epoch["max"]),
        seeds=int(rows["seed"].nunique()),
        verdict=verdict,
        is_labelled=is_labelled,
    )


def _bottom(lines: tuple[Line, ...]) -> float:
    seen = [value for line in lines for value in line.low[int(_START * len(line.low)) :] if value == value]
    return max(0.0, min(seen) - 2) if seen else 0.0
