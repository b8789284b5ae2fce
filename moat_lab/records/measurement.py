"""What is measured of a network before it is trained, and a folder of that, one whole file each."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from moat_lab.records.evaluation import check_keys
from moat_lab.records.files import Damaged, Files
from moat_lab.records.strict_json import Real, from_text, to_text


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """Numbers by name, such as `synflow` or `latency_ms`, of a network with one seed's initial weights.

    Args:
        network: canonical text.
        network_key: 12 hex digits of its SHA-256.
        recipe_key: of the recipe whose images were shown.
        conditions: what `latency_ms` depends on: device, threads, dtype, layout, batch, resolution,
            repeats; empty without it; JSON values only.
        environment: as an evaluation's.

    Raises:
        ValueError: a key or the seed cannot be one; the message begins with the field's name.
    """

    network: str
    network_key: str
    recipe_key: str
    seed: int
    values: Mapping[str, Real]
    conditions: Mapping[str, Any]
    environment: Mapping[str, Any]

    def __post_init__(self) -> None:
        check_keys(self.network_key, self.recipe_key, self.seed)

    def to_json(self) -> str:
        """Strict JSON; NaN and infinity become null."""
        return to_text(_JSON, self)

    @staticmethod
    def from_json(text: str) -> "Measurement":
        """The measurement that `to_json` wrote.

        Raises:
            ValueError: damaged; the message begins with the field's name.
        """
        return from_text(_JSON, text)


_JSON = TypeAdapter(Measurement)


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """All that a folder holds, both by file name."""

    measurements: tuple[Measurement, ...]
    damaged: tuple[Damaged, ...]


@dataclass(frozen=True, slots=True)
class Measurements:
    """One file for each (network key, recipe key, seed). Any number of processes may write at once."""

    folder: Path

    def path(self, network_key: str, recipe_key: str, seed: int) -> Path:
        return self._files.path(network_key, recipe_key, seed)

    def find(self, network_key: str, recipe_key: str, seed: int) -> Measurement | None:
        """The measurement; None where there is no file or a damaged one."""
        return self._files.find(network_key, recipe_key, seed)

    def append(self, measurement: Measurement) -> Path:
        """The measurement's file, written whole, in place of an older one.

        Raises:
            ValueError: it could not be read back, or the file holds another network under the same key.
                The file stays as it was.
        """
        return self._files.append(measurement, stays=lambda known, new: False)

    def read(self) -> Measured:
        """All measurements; damaged files are named, half-written leftovers and other files are ignored."""
        measurements, damaged = self._files.read()
        return Measured(measurements=measurements, damaged=damaged)

    @property
    def _files(self) -> Files[Measurement]:
        return Files(folder=self.folder, kind=_JSON, subject=lambda known: known.network)
