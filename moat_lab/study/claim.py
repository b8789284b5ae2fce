"""A claim in a study's YAML."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import BaseModel, ConfigDict

from moat_lab.errors import UserError
from moat_lab.records.claim import Claim, Kind, SourcedClaim, Written
from moat_lab.report.units import read_points


class ClaimFile(BaseModel):
    """A claim and where it comes from."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    claim: Claim
    kind: Kind | None = None
    """Of the source: a number of a table, a sentence of the abstract, the official code, or nobody but us."""
    effect: str = ""
    """Such as `0.5pt`: how large the source's own effect is."""
    setting: str = ""
    """What the source measured it on."""
    source: str = ""
    """Left out, the study's."""
    written: Written | None = None
    """Whether the claim stood in the file before the networks that it compares had both been trained."""


def parse_claims(claims: Mapping[str, Claim | ClaimFile]) -> dict[str, SourcedClaim]:
    """Variant -> what is claimed of it.

    Raises:
        UserError: an effect is not in points.
    """
    return {name: _parsed(name, claim) for name, claim in claims.items()}


def _parsed(name: str, stated: Claim | ClaimFile) -> SourcedClaim:
    if isinstance(stated, str):
        return SourcedClaim(claim=stated)
    return SourcedClaim(
        claim=stated.claim,
        kind=stated.kind or "",
        effect=_effect(name, stated.effect),
        setting=stated.setting.strip(),
        source=stated.source.strip(),
        written=stated.written or "",
    )


def _effect(name: str, text: str) -> float | None:
    try:
        return read_points(text) if text else None
    except UserError as error:
        raise UserError(f"claims: effect of '{name}': {error}") from None
