"""What sets two networks apart, in words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields

from moat_lab.blocks.layer import Layer
from moat_lab.grammar.network import Network, Stage, Stem

_STEM = "the stem"
Change = tuple[str, str]
"""What differs, and the stem or the number of the stage."""


def difference(one: Network, other: Network) -> str:
    """ "depth of stage 2", "width of the stem and stages 1 and 2", "se of mbconv in stage 3"; empty where
    the networks are equal, "number of stages" where that differs.
    """
    if len(one.stages) != len(other.stages):
        return "number of stages"
    places: dict[str, list[str]] = {}
    for what, place in _changes(one, other):
        places.setdefault(what, []).append(place)
    said = [f"{what} {'in' if ' of ' in what else 'of'} {_listed(where)}" for what, where in places.items()]
    return ", ".join(said + (["design resolution"] if one.resolution != other.resolution else []))


def _changes(one: Network, other: Network) -> Iterator[Change]:
    yield from ((what, _STEM) for what in _of_stem(one.stem, other.stem))
    for number, (mine, theirs) in enumerate(zip(one.stages, other.stages, strict=True), start=1):
        yield from ((what, str(number)) for what in _of_stage(mine, theirs))


def _of_stem(one: Stem, other: Stem) -> Iterator[str]:
    if one.widths != other.widths:
        yield "width"
    yield from (name for name in ("kernel", "stride") if getattr(one, name) != getattr(other, name))


def _of_stage(one: Stage, other: Stage) -> Iterator[str]:
    if one.width != other.width:
        yield "width"
    if len(one.blocks) != len(other.blocks):
        yield "depth"
    else:
        yield from _of_blocks(one, other)
    mine, theirs = dict(one.text().options), dict(other.text().options)
    yield from (name for name in {**mine, **theirs} if mine.get(name) != theirs.get(name))


def _of_blocks(one: Stage, other: Stage) -> Iterator[str]:
    """Options where all layers are the same, else the block; with its number where others are equal."""
    pairs = list(zip(one.blocks, other.blocks, strict=True))
    differing = [number for number, (mine, theirs) in enumerate(pairs, start=1) if mine != theirs]
    options = {option for mine, theirs in pairs for option in _of_layers(mine, theirs)}
    if len(differing) < len(pairs):
        yield from [f"block {_span(differing)}"] if differing else []
    else:
        yield from ["block"] if "" in options else sorted(options)


def _of_layers(mine: tuple[Layer, ...], theirs: tuple[Layer, ...]) -> Iterator[str]:
    """ "se of mbconv"; an empty text where layers differ in kind."""
    if [layer.keyword for layer in mine] != [layer.keyword for layer in theirs]:
        yield ""
        return
    for one, other in zip(mine, theirs, strict=True):
        names = (field.name for field in fields(one))  # type: ignore[arg-type]
        yield from (f"{n} of {one.keyword}" for n in names if getattr(one, n) != getattr(other, n))


def _span(numbers: list[int]) -> str:
    first, last = numbers[0], numbers[-1]
    return str(first) if first == last else f"{first} to {last}"


def _listed(places: list[str]) -> str:
    """ "the stem and stages 1 and 2"."""
    stages = [place for place in places if place != _STEM]
    *others, last = stages or [""]
    numbers = f"{', '.join(others)} and {last}" if others else last
    words = [_STEM] if _STEM in places else []
    return " and ".join(words + ([f"stage{'s' if others else ''} {numbers}"] if stages else []))
