"""One training of one network with one recipe and one seed: the unit of truth."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import TypeAdapter

from moat_lab.records.strict_json import Real, from_text, to_text


@dataclass(frozen=True, slots=True, kw_only=True)
class Epoch:
    """One point of a learning curve. Losses are means over the epoch; `top1` is a fraction on val."""

    epoch: int
    train_loss: Real
    val_loss: Real
    top1: Real
    learning_rate: Real


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """What one training gave, what it cost, and where it ran.

    Args:
        network: canonical text.
        network_key: 12 hex digits of its SHA-256.
        recipe: JSON values only.
        error: traceback of a failed training, otherwise None.
        top1: fraction on val after the last epoch; None if failed.
        final_loss: mean train loss of the last epoch; None if there was none, or not a finite one.
        train_s: seconds of training, evaluation and setup excluded.
        environment: versions, git commit, hardware, device, threads; JSON values only.

    Raises:
        ValueError: the fields contradict each other; the message begins with the field's name.
    """

    network: str
    network_key: str
    recipe: Mapping[str, Any]
    recipe_key: str
    seed: int
    status: Literal["ok", "failed"]
    error: str | None
    top1: float | None
    final_loss: float | None
    curve: tuple[Epoch, ...]
    params: int
    macs: int
    activations: int
    train_s: Real
    images_per_s: Real
    environment: Mapping[str, Any]

    def __post_init__(self) -> None:
        _need(
            re.fullmatch(r"[0-9a-f]{12}", self.network_key), "network_key", "12 hex digits", self.network_key
        )
        _need(re.fullmatch(r"\w+", self.recipe_key), "recipe_key", "letters and digits", self.recipe_key)
        _need(self.seed >= 0, "seed", "0 or more", self.seed)
        if self.status == "ok":
            _need(
                self.top1 is not None and 0 <= self.top1 <= 1, "top1", "a fraction if status is ok", self.top1
            )
            _need(self.error is None, "error", "null if status is ok", self.error)
        else:
            _need(self.error, "error", "a text if status is failed", self.error)

    def to_json(self) -> str:
        """Strict JSON; NaN and infinity become null."""
        return to_text(_JSON, self)

    @staticmethod
    def from_json(text: str) -> "Evaluation":
        """The evaluation that `to_json` wrote.

        Raises:
            ValueError: damaged; the message begins with the field's name.
        """
        return from_text(_JSON, text)


def _need(holds: object, field: str, needed: str, got: object) -> None:
    if not holds:
        raise ValueError(f"{field}: should be {needed}; got {got!r:.60}")


_JSON = TypeAdapter(Evaluation)
