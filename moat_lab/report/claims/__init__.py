"""The claims of an expected answer, each held against the data."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import pandas as pd

from moat_lab.analysis import Agreement, agreement, averaged, detectable_effect, required_seeds
from moat_lab.analysis.power import family_confidence, freedom_over_cells, power_of
from moat_lab.records import Plan, SourcedClaim, Trained
from moat_lab.report.claims.names import OVER, claims_without_variant
from moat_lab.report.claims.tested import Tested, tested_by_reading
from moat_lab.report.names import names_by_reading
from moat_lab.report.units import HALF_A_POINT, points


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedClaim:
    """One claim in one reading.

    Attributes:
        reading: of the plan's `match`.
        variant: as the claim names it.
        stated: what is claimed, and by whom.
        asked: the effect that a study of this claim should show, a fraction above 0: the source's, else the
            margin, else half a point.
        networks: keys of the two that are compared; empty for an interaction, and where one is missing.
    """

    reading: str
    variant: str
    stated: SourcedClaim
    tested: Tested
    asked: float
    agreement: Agreement
    networks: tuple[str, ...] = ()

    @property
    def evidence(self) -> str:
        """ "+0.42 [-0.10, +0.94], not distinguishable"."""
        effect = f"{self.effect}, " if self.effect else ""
        return effect + self.tested.verdict

    @property
    def effect(self) -> str:
        """ "+0.42 [-0.10, +0.94]"; empty where there is none."""
        tested = self.tested
        return "" if math.isnan(tested.effect) else points(tested.effect, tested.low, tested.high)

    @property
    def power(self) -> float:
        """The share of studies with as many seeds that would show the effect `asked`; NaN without two."""
        if math.isnan(self.tested.sd):
            return math.nan
        return power_of(
            self.tested.seeds,
            self.asked,
            sd=self.tested.sd,
            confidence=self._confidence,
            freedom=self._freedom,
        )

    @property
    def detectable(self) -> float:
        """The smallest effect that so many seeds show in 80 % of studies, a fraction; NaN without two."""
        if math.isnan(self.tested.sd):
            return math.nan
        return detectable_effect(
            self.tested.sd, self.tested.seeds, confidence=self._confidence, freedom=self._freedom
        )

    @property
    def needed_seeds(self) -> int:
        """The fewest seeds of each cell that show the effect `asked` in 80 % of studies; 0 where no spread is
        known.
        """
        if math.isnan(self.tested.sd):
            return 0
        return required_seeds(
            self.tested.sd, self.asked, confidence=self._confidence, cells=self.tested.cells
        )

    @property
    def _freedom(self) -> float:
        return freedom_over_cells(self.tested.seeds / self.tested.cells, self.tested.cells)

    @property
    def _confidence(self) -> float:
        return family_confidence(self.tested.compared, self.tested.level)


def checked_claims(
    plan: Plan, table: pd.DataFrame, evaluations: Iterable[Trained]
) -> tuple[CheckedClaim, ...]:
    """Each claim in each reading, held against the verdicts of `averaged_summary`, or its like for two
    variants or an interaction; a claim that names nothing is left out.
    """
    lost = claims_without_variant(plan, plan.claims)
    found, over = tested_by_reading(plan, table, evaluations), averaged(plan)
    return tuple(
        _checked(over, reading, name, found[reading].get(name, Tested()), keys)
        for reading, keys in names_by_reading(over).items()
        for name in plan.claims
        if name not in lost
    )


def _checked(plan: Plan, reading: str, name: str, tested: Tested, keys: Mapping[str, str]) -> CheckedClaim:
    stated = plan.claims[name]
    return CheckedClaim(
        reading=reading,
        variant=name,
        stated=stated,
        tested=tested,
        asked=stated.effect or plan.margin or HALF_A_POINT,
        agreement=agreement(stated.claim, tested.verdict),
        networks=_networks(plan, name, keys),
    )


def _networks(plan: Plan, name: str, keys: Mapping[str, str]) -> tuple[str, ...]:
    first, *second = name.split(OVER, 1)
    both = (keys.get(first, ""), keys.get(second[0], "") if second else plan.baseline)
    return both if all(both) else ()
