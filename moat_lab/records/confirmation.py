"""What a confirmation judges, written down before its first training."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from annotated_types import Ge
from pydantic import TypeAdapter

from moat_lab.records.search import Amount

Share = Annotated[float, Ge(0)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Selected:
    """A network as the study knew it when it was selected.

    Args:
        score: mean on val over the study's seeds, a fraction.
        shrunken: the shrunken mean; None where seeds did not tell it.
        seeds: of the study, that had finished.
    """

    key: str
    score: Share
    shrunken: Share | None
    seeds: Annotated[int, Ge(1)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmation:
    """The networks that are trained with fresh seeds and judged on the test split; some may be the same.

    Args:
        baseline: of the study, or the first network that a search started from; None where there is none.
        limits: cost -> most, under which the pick was made.
    """

    pick: Selected
    best: Selected
    baseline: Selected | None
    limits: Mapping[str, Amount]

    @property
    def roles(self) -> dict[str, Selected]:
        """Role -> network."""
        known = {"pick": self.pick, "best": self.best, "baseline": self.baseline}
        return {role: selected for role, selected in known.items() if selected}


CONFIRMATION = TypeAdapter(Confirmation)
