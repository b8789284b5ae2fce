"""What a calibration asks: which schedules order networks as the longest does."""

from dataclasses import dataclass

from pydantic import TypeAdapter


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """The same networks by several recipes, each with its plan in a folder of its own.

    Args:
        schedules: names of the recipes, and of the folders; the first is the one to agree with.
        command: what to type to run it again.
    """

    name: str
    question: str
    expectation: str
    source: str
    schedules: tuple[str, ...]
    command: str


CALIBRATION = TypeAdapter(Calibration)
