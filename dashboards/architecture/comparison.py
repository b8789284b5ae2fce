"""Two networks side by side: their costs, how their parts differ; and the named network nearest to one."""

from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cache
from itertools import zip_longest
from math import log2

import pandas as pd

from dashboards.costs import COSTS, countable
from moat_lab.blocks.options import changed_options, value_text
from moat_lab.costs import Cost
from moat_lab.grammar import SOURCES, ZOO, Network, Stage, Stem, to_network
from moat_lab.metrics import METRICS
from moat_lab.report.units import NOTHING, count

_MISSING, _LAYERS, _OPTION, _RESOLUTION = 2.0, 4.0, 0.25, 0.25
"""Weights in the distance: a missing stage; other layers; an option; a doubling of the resolution. A doubling
of depth or width weighs 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PartDifference:
    """A part of both networks as text, and the differences in words; a missing part is a dash."""

    part: str
    this: str
    other: str
    words: tuple[str, ...]


def part_differences(this: Network, other: Network) -> tuple[PartDifference, ...]:
    """Stem, stages in order, resolution; equal parts have no words."""
    stages = enumerate(zip_longest(this.stages, other.stages), start=1)
    return (
        _row("stem", this.stem, other.stem),
        *(_row(f"stage {i}", mine, theirs) for i, (mine, theirs) in stages),
        _resolution_row(this, other),
    )


def differences_in_words(this: Network, other: Network) -> list[str]:
    """ "stage 3: 5 blocks in place of 7": what `this` has in place of what `other` has."""
    return [f"{row.part}: {'; '.join(row.words)}" for row in part_differences(this, other) if row.words]


def distance(this: Network, other: Network) -> float:
    """0 for equal networks; a doubled depth or width of a stage is 1."""
    stages = zip_longest(this.stages, other.stages)
    return (
        _stem_distance(this.stem, other.stem)
        + sum(_stage_distance(mine, theirs) for mine, theirs in stages)
        + _RESOLUTION * _doublings(this.resolution, other.resolution)
    )


def _row(part: str, this: Stem | Stage | None, other: Stem | Stage | None) -> PartDifference:
    texts = [str(one.text()) if one else NOTHING for one in (this, other)]
    return PartDifference(part=part, this=texts[0], other=texts[1], words=tuple(_words(this, other)))


def _resolution_row(this: Network, other: Network) -> PartDifference:
    mine, theirs = f"{this.resolution}px", f"{other.resolution}px"
    words = (f"{mine} in place of {theirs}",) if mine != theirs else ()
    return PartDifference(part="resolution", this=mine, other=theirs, words=words)


def _words(this: Stem | Stage | None, other: Stem | Stage | None) -> list[str]:
    if this is None or other is None:
        return ["is missing" if this is None else "is added"]
    pairs = [(name, mine, _traits(other)[name]) for name, mine in _traits(this).items()]
    return [_in_place(name, mine, theirs) for name, mine, theirs in pairs if mine != theirs]


def _traits(one: Stem | Stage) -> dict[str, str]:
    """The properties of a part, each as text."""
    if isinstance(one, Stem):
        widths = {"width": ", ".join(map(str, one.widths))}
        return widths | {"kernel": str(one.kernel), "stride": str(one.stride)}
    return {
        "": count(len(one.blocks), "block"),
        "width": str(one.width),
        "layers": ", ".join(dict.fromkeys("+".join(_layers(group.block)) for group in one.groups)),
        "stride": str(one.stride),
        "down": one.down,
        "pool": str(one.pool),
    }


def _in_place(name: str, mine: str, theirs: str) -> str:
    if not name:
        return f"{mine} in place of {theirs.split()[0]}"
    return f"{name} {mine} in place of {theirs}"


def _layers(block: tuple[object, ...]) -> list[str]:
    return [_layer(layer) for layer in block]


def _layer(layer: object) -> str:
    options = ", ".join(f"{name}={value_text(value)}" for name, value in changed_options(layer).items())
    return f"{layer.keyword}({options})" if options else str(layer.keyword)  # type: ignore[attr-defined]


def _stem_distance(this: Stem, other: Stem) -> float:
    widths = _doublings(this.widths[-1], other.widths[-1]) / 2
    options = (this.kernel != other.kernel) + (len(this.widths) != len(other.widths))
    return widths + _OPTION * options + _doublings(this.stride, other.stride)


def _stage_distance(this: Stage | None, other: Stage | None) -> float:
    if this is None or other is None:
        return _MISSING
    options = sum(bool(getattr(this, name) != getattr(other, name)) for name in ("stride", "down", "pool"))
    keywords = [[layer.keyword for group in one.groups for layer in group.block] for one in (this, other)]
    texts = [[text for group in one.groups for text in _layers(group.block)] for one in (this, other)]
    return (
        _doublings(len(this.blocks), len(other.blocks))
        + _doublings(this.width, other.width)
        + _LAYERS * (1 - _similarity(keywords[0], keywords[1]))
        + _OPTION * (options + (texts[0] != texts[1]))
    )


def _similarity(one: list[str], other: list[str]) -> float:
    """1 for equal sequences, 0 for nothing in common; symmetric, which the matcher alone is not."""
    pairs = ((one, other), (other, one))
    return max(SequenceMatcher(None, *pair, autojunk=False).ratio() for pair in pairs)


def _doublings(one: int, other: int) -> float:
    return abs(log2(one / other))


def cost_table(this: Cost, other: Cost) -> pd.DataFrame:
    """One row for each cost: this, other, this minus other, and that in percent of the other."""
    return pd.DataFrame(
        {"cost": METRICS[cost].label} | _cost_row(this.value(cost), other.value(cost)) for cost in COSTS
    )


def spec_table(this: Network, other: Network) -> pd.DataFrame:
    """Part by part: both texts, and the difference in words; no words for equal parts."""
    return pd.DataFrame(
        {"part": row.part, "this": row.this, "other": row.other, "difference": "; ".join(row.words)}
        for row in part_differences(this, other)
    )


def _cost_row(this: float, other: float) -> dict[str, float]:
    percent = 100 * (this - other) / other if other else float("nan")
    amounts = {"this": this, "other": other, "difference": this - other}
    return {name: countable(amount) for name, amount in amounts.items()} | {"percent": percent}


@dataclass(frozen=True, slots=True, kw_only=True)
class NearestNetwork:
    """A name of the ZOO, its source, and how the given network differs from it."""

    name: str
    source: str
    words: tuple[str, ...]

    @property
    def is_same(self) -> bool:
        return not self.words


def nearest_network(of: Network) -> NearestNetwork:
    """The one with the least `distance`; of equals the first in the ZOO."""
    name = min(ZOO, key=lambda name: distance(of, _zoo_network(name)))
    return NearestNetwork(
        name=name, source=SOURCES[name], words=tuple(differences_in_words(of, _zoo_network(name)))
    )


@cache
def _zoo_network(name: str) -> Network:
    return to_network(name)
