"""The score by the levels of two factors: the panels of an interaction plot, before they are drawn."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from statistics import fmean

import pandas as pd

from moat_lab.analysis import DesignPoint, Interval, mean_interval

MOST = 6
"""Panels that a figure holds: pairs of factors with the smallest p."""
Scores = Mapping[int, float]
Cells = dict[tuple[str, str], Scores]
"""Level of the one factor and of the other -> seed -> score."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """Two factors: that with the shorter names along the axis, a line for each level of the other.

    Attributes:
        levels: of `along`: numbers as they rise; others as they come, the baseline's first.
        usual: the baseline's level of `by`.
        score: what is compared, such as top-1.
        lines: level of `by`, in the same order -> mean score with its 95 % interval, percent, for each
            of `levels`; NaN where it was not trained.
        titles: factor -> its name with what it is.
    """

    along: str
    levels: tuple[str, ...]
    by: str
    usual: str
    score: str
    lines: dict[str, tuple[Interval, ...]]
    titles: Mapping[str, str] = field(default_factory=dict)

    @property
    def along_title(self) -> str:
        """ "moat: depth of stage 3"; the name alone where no more is known."""
        return self.titles.get(self.along, self.along)

    @property
    def by_title(self) -> str:
        """As `along_title`."""
        return self.titles.get(self.by, self.by)


def panels(
    table: pd.DataFrame,
    points: Sequence[DesignPoint],
    usual: Mapping[str, str],
    score: str,
    titles: Mapping[str, str] | None = None,
) -> tuple[Panel, ...]:
    """A panel for each pair of factors in `analysis.interaction_table`, in its order.

    Args:
        table: rows of one reading.
        points: of the same reading.
        usual: factor -> level of the baseline.
        score: its title.
        titles: `report.factors.factor_titles`.
    """
    pairs = {(str(a), str(b)): rows for (a, b), rows in table.groupby(["factor", "other_factor"], sort=False)}
    foremost = sorted(pairs, key=lambda pair: float(pairs[pair]["p"].min()))[:MOST]  # a pair with NaN is last
    drawn = (_panel(pairs[pair], points, usual, pair, score) for pair in pairs if pair in foremost)
    return tuple(replace(panel, titles=titles or {}) for panel in drawn)


def _panel(
    rows: pd.DataFrame,
    points: Iterable[DesignPoint],
    usual: Mapping[str, str],
    pair: tuple[str, str],
    score: str,
) -> Panel:
    first, second = pair
    levels = {
        first: _in_order((usual[first], *map(str, rows["level"]))),
        second: _in_order((usual[second], *map(str, rows["other_level"]))),
    }
    along, by = sorted(pair, key=lambda factor: max(map(len, levels[factor])))
    is_fitted = "settings" in rows and not rows["settings"].any()
    cells = (_cells_of_all if is_fitted else _cells)(points, along, by, levels)
    return Panel(
        along=along,
        levels=levels[along],
        by=by,
        usual=usual[by],
        score=score,
        lines={
            level: tuple(mean_interval(cells.get((x, level), {}).values()) for x in levels[along])
            for level in levels[by]
        },
    )


def _in_order(levels: Iterable[str]) -> tuple[str, ...]:
    """Each level once: numbers as they rise, others as they come, the baseline's first."""
    distinct = tuple(dict.fromkeys(levels))
    return tuple(sorted(distinct, key=float)) if all(map(_is_number, distinct)) else distinct


def _is_number(level: str) -> bool:
    try:
        float(level)
    except ValueError:
        return False
    return True


def _cells(
    points: Iterable[DesignPoint], along: str, by: str, levels: Mapping[str, tuple[str, ...]]
) -> Cells:
    """Percent by seed at each pair of levels, as a mean over settings of the other factors.

    Over those settings alone at which the same pairs were trained, the most there are: a mean over others
    would mix what the factors do with what the settings do.
    """
    settings: dict[frozenset[tuple[str, str]], Cells] = {}
    for point in points:
        x, line = point.levels[along], point.levels[by]
        if point.scores and x in levels[along] and line in levels[by]:
            rest = frozenset(point.levels.items()) - {(along, x), (by, line)}
            settings.setdefault(rest, {})[x, line] = point.scores
    fullest = max(settings.values(), key=len)
    alike = [cells for cells in settings.values() if cells.keys() == fullest.keys()]
    return {pair: _mean([cells[pair] for cells in alike]) for pair in fullest}


def _cells_of_all(
    points: Iterable[DesignPoint], along: str, by: str, levels: Mapping[str, tuple[str, ...]]
) -> Cells:
    """The mean over all points of a fraction: there the other factors are balanced at each pair of levels."""
    cells: dict[tuple[str, str], list[Scores]] = {}
    for point in points:
        if point.scores:
            cells.setdefault((point.levels[along], point.levels[by]), []).append(point.scores)
    return {pair: _mean(scores) for pair, scores in cells.items()}


def _mean(scores: Sequence[Scores]) -> Scores:
    """The mean over settings, for each seed that all have."""
    seeds = set.intersection(*map(set, scores))
    return {seed: 100 * fmean(by_seed[seed] for by_seed in scores) for seed in sorted(seeds)}
