"""What a design can show before it is trained, from the deviations of trainings by the same recipe."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice, pairwise

import numpy as np

from moat_lab.analysis.comparison import Scores
from moat_lab.analysis.intervals import deviation, paired_differences, rounding_sd
from moat_lab.analysis.power import (
    detectable_effect,
    family_confidence,
    freedom_over_cells,
    power_of,
    required_seeds,
)
from moat_lab.analysis.tables import baseline_keys, question_of
from moat_lab.records import Plan

_MOST_PAIRS = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class DesignPower:
    """What the effects over all cells of a design can show, after Holm, at this look at the data.

    Args:
        deviations: of a paired difference over seeds, a fraction: quarter, median, three quarters of pairs.
        pairs: pairs of networks that they are of.
        own: whether these are variants of the study with its baselines; otherwise other networks.
        seeds: in each cell.
        cells: 1 where the plan names none.
        comparisons: of the family.
        level: the error that it may spend.
    """

    deviations: tuple[float, float, float]
    pairs: int
    own: bool
    seeds: int
    cells: int
    comparisons: int
    level: float

    @property
    def detectable(self) -> tuple[float, float, float]:
        """The effects that are shown in 80 % of studies, for each of the deviations; NaN with one seed."""
        low, middle, high = (self._detectable(sd) for sd in self.deviations)
        return low, middle, high

    def power(self, effect: float) -> float:
        """The share of studies that show this effect, with the median deviation."""
        return power_of(
            self._n, effect, sd=self.deviations[1], confidence=self._confidence, freedom=self._freedom
        )

    def required_seeds(self, effect: float) -> int:
        """The seeds in each cell that show this effect in 80 % of studies, with the median deviation."""
        return required_seeds(self.deviations[1], effect, confidence=self._confidence, cells=self.cells)

    @property
    def _n(self) -> int:
        return self.seeds * self.cells

    @property
    def _freedom(self) -> float:
        return freedom_over_cells(self.seeds, self.cells)

    @property
    def _confidence(self) -> float:
        return family_confidence(self.comparisons, self.level)

    def _detectable(self, sd: float) -> float:
        if self.seeds < 2 or not self.level:
            return math.nan
        return detectable_effect(sd, self._n, confidence=self._confidence, freedom=self._freedom)


def design_power(plan: Plan, scores: Mapping[str, Scores], *, comparisons: int) -> DesignPower | None:
    """What a plan can show, by scores that are there; None where no two networks have two seeds in common.

    Args:
        scores: network key -> seed -> score, of trainings by the plan's recipe, the plan's own or others.
        comparisons: variants over cells that are compared with the baseline, in all readings.
    """
    own = _deviations(plan, scores, baseline_keys(plan).items())
    found = own or _deviations(plan, scores, pairwise(scores))
    if not found:
        return None
    low, middle, high = np.quantile(found, (0.25, 0.5, 0.75)).tolist()
    return DesignPower(
        deviations=(low, middle, high),
        pairs=len(found),
        own=bool(own),
        seeds=len(plan.seeds),
        cells=len(plan.baselines) if plan.cells else 1,
        comparisons=comparisons,
        level=question_of(plan).level,
    )


def _deviations(
    plan: Plan, scores: Mapping[str, Scores], pairs: Iterable[tuple[str, str]]
) -> Sequence[float]:
    """Of the paired differences of each pair that has two seeds in common or more."""
    least_sd = rounding_sd(plan.step, 2)
    rows = (paired_differences(scores.get(a, {}), scores.get(b, {})) for a, b in pairs)
    told = (sd for row in rows if not math.isnan(sd := deviation(row, least_sd=least_sd)))
    return list(islice(told, _MOST_PAIRS))
