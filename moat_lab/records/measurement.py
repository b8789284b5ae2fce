"""What is measured of a network before it is trained."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from moat_lab.records.evaluation import check_keys
from moat_lab.records.files import RecordFiles
from moat_lab.records.strict_json import Real


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


MEASUREMENT = TypeAdapter(Measurement)


def measurement_files(folder: Path) -> RecordFiles[Measurement]:
    """A folder of measurements; a new one takes the place of an older one."""
    return RecordFiles(folder=folder, kind=MEASUREMENT, subject=lambda measurement: measurement.network)
