"""A network with factors: every combination of their levels is a network."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import product
from math import prod

from moat_lab.blocks import LAYERS, Layer
from moat_lab.blocks.options import Value, value_text
from moat_lab.errors import UserError, did_you_mean
from moat_lab.grammar.drawing import factors_html
from moat_lab.grammar.error import GrammarError
from moat_lab.grammar.factor import Factor
from moat_lab.grammar.network import Group, Network, Stage, Stem
from moat_lab.grammar.template import (
    LayerText,
    Level,
    NetworkText,
    StageText,
    StemText,
    filled_level,
    level_names,
    level_text,
)

MAX_VARIANTS = 20_000
"""Of stem and stages together: every one is made and checked when the space is parsed."""

Located = Callable[[GrammarError, int], GrammarError]


@dataclass(frozen=True, slots=True)
class Part:
    """The stem or one stage: which factors it depends on, and what it is for each choice of theirs."""

    factors: tuple[int, ...]
    variants: dict[tuple[int, ...], Stem | Stage]

    def __getitem__(self, digits: tuple[int, ...]) -> Stem | Stage:
        return self.variants[tuple([digits[i] for i in self.factors])]

    def fitting(self, wanted: Stem | Stage, digits: dict[int, int]) -> Iterator[dict[int, int]]:
        """The digits decided so far, and what has to be added to get the wanted stem or stage."""
        for choice, variant in self.variants.items():
            chosen = dict(zip(self.factors, choice, strict=True))
            if variant == wanted and all(digits.get(i, digit) == digit for i, digit in chosen.items()):
                yield digits | chosen


@dataclass(frozen=True, slots=True)
class Space:
    """Networks that differ in their factors; the last factor changes fastest.

    Needs no torch. Two points may be one architecture: compare their texts.
    """

    template: NetworkText
    factors: tuple[Factor, ...]
    parts: tuple[Part, ...] = field(compare=False, repr=False)

    @classmethod
    def of(
        cls, template: NetworkText, factors: tuple[Factor, ...], *, located: Located | None = None
    ) -> Space:
        """The space, with every variant of every stage made and checked.

        Raises:
            GrammarError: a combination of levels is not a network; `located` gives the error its place.
        """
        parts: list[Part] = []
        count = 0
        texts: list[StemText | StageText] = [template.stem, *template.stages]
        for number, text in enumerate(texts):
            try:
                parts.append(_part(text, factors, before=count))
            except GrammarError as error:
                raise (located(error, number) if located else error) from None
            count += len(parts[-1].variants)
        return cls(template, factors, tuple(parts))

    def _repr_html_(self) -> str:
        """What a notebook shows: how many networks, the levels of each factor, and the text."""
        return factors_html(self.size, [(f.name, ", ".join(f.texts)) for f in self.factors], str(self))

    def __str__(self) -> str:
        where = f" where {', '.join(map(str, self.factors))}" if self.factors else ""
        return f"{self.template}{where}"

    @property
    def size(self) -> int:
        """The number of points; `len` gives the same up to Python's limit of 2^63 - 1."""
        return prod(len(factor.levels) for factor in self.factors)

    def __len__(self) -> int:
        return self.size

    def __getitem__(self, index: int) -> Network:
        return self.at(self.digits(index))

    def __iter__(self) -> Iterator[Network]:
        return map(self.at, product(*(range(len(factor.levels)) for factor in self.factors)))

    def sample(self, rng: random.Random) -> Network:
        """A point drawn uniformly."""
        return self.at(tuple([int(rng.random() * len(factor.levels)) for factor in self.factors]))

    def digits(self, index: int) -> tuple[int, ...]:
        """The position of each factor's level at a point.

        Raises:
            IndexError: the index is outside of the space.
        """
        if not -self.size <= index < self.size:
            raise IndexError(f"the space has {self.size} points; got index {index}")
        index %= self.size
        digits = []
        for factor in reversed(self.factors):
            index, digit = divmod(index, len(factor.levels))
            digits.append(digit)
        return tuple(reversed(digits))

    def at(self, digits: tuple[int, ...]) -> Network:
        """The network whose factors have their levels at these positions."""
        stem, *stages = [part[digits] for part in self.parts]
        return Network(stem=stem, stages=tuple(stages), resolution=self.template.resolution)  # type: ignore[arg-type]

    def find(self, network: Network) -> tuple[int, ...] | None:
        """The first digits at which the space holds this network; None where it does not."""
        parts: list[Stem | Stage] = [network.stem, *network.stages]
        if len(parts) != len(self.parts) or network.resolution != self.template.resolution:
            return None
        fitting: list[dict[int, int]] = [{}]
        for mine, theirs in zip(self.parts, parts, strict=True):
            fitting = [joined for digits in fitting for joined in mine.fitting(theirs, digits)]
        each = (tuple(digits.get(i, 0) for i in range(len(self.factors))) for digits in fitting)
        return min(each, default=None)

    def levels(self, index: int) -> dict[str, str]:
        """Factor -> level at a point, both as written."""
        return self.levels_at(self.digits(index))

    def levels_at(self, digits: tuple[int, ...]) -> dict[str, str]:
        """Factor -> level at these positions, both as written."""
        return {f.name: level_text(f.levels[i]) for f, i in zip(self.factors, digits, strict=True)}

    def bind(self, /, **levels: Value) -> Network | Space:
        """The space with some factors at one level; the network when none is left.

        Levels of the others in which a bound name stands are then written with its value.

        Raises:
            UserError: no such factor, or not one of its levels.
        """
        bound = {name: self._level(name, value_text(level)) for name, level in levels.items()}
        rest = tuple(
            Factor(f.name, tuple(filled_level(level, bound) for level in f.levels))
            for f in self.factors
            if f.name not in bound
        )
        template = NetworkText(
            self.template.stem.bound(Stem, bound),
            tuple(stage.bound(Stage, bound) for stage in self.template.stages),
            self.template.resolution,
        )
        space = Space.of(template, rest)
        return space if rest else space[0]

    def _level(self, name: str, text: str) -> Level:
        factors = {factor.name: factor for factor in self.factors}
        if name not in factors:
            raise UserError(
                f"the space has no factor '{name}'\n  {did_you_mean(name, factors)}"
                f"its factors: {', '.join(factors) or 'none'}"
            )
        texts = factors[name].texts
        if text not in texts:
            raise UserError(
                f"factor '{name}' has no level '{text}'\n  {did_you_mean(text, texts)}"
                f"its levels: {', '.join(texts)}"
            )
        return factors[name].levels[texts.index(text)]


def _part(text: StemText | StageText, factors: tuple[Factor, ...], *, before: int) -> Part:
    names = set(text.names())
    names |= {name for f in factors if f.name in names for level in f.levels for name in level_names(level)}
    used = tuple(i for i, factor in enumerate(factors) if factor.name in names)
    if (count := before + prod(len(factors[i].levels) for i in used)) > MAX_VARIANTS:
        got = count if count < 10**12 else "more than 10^12"
        raise GrammarError(f"stem and stages have at most {MAX_VARIANTS} variants together; got {got}")
    variants = {}
    for digits in product(*(range(len(factors[i].levels)) for i in used)):
        levels = {factors[i].name: factors[i].levels[digit] for i, digit in zip(used, digits, strict=True)}
        variants[digits] = _variant(text, levels)
    return Part(used, variants)


def _variant(text: StemText | StageText, levels: dict[str, Level]) -> Stem | Stage:
    try:
        return (
            _stem(text.bound(Stem, levels))
            if isinstance(text, StemText)
            else _stage(text.bound(Stage, levels))
        )
    except GrammarError as error:
        if not levels:
            raise
        at = ", ".join(f"{name}={level_text(level)}" for name, level in levels.items())
        raise GrammarError(f"with {at}, {error.message}") from None


def _stem(stem: StemText) -> Stem:
    return Stem(widths=stem.widths, **dict(stem.options))  # type: ignore[arg-type]


def _stage(stage: StageText) -> Stage:
    groups = tuple(Group(depth=g.depth, block=tuple(map(_layer, g.block))) for g in stage.groups)  # type: ignore
    return Stage(groups=groups, width=stage.width, **dict(stage.options))  # type: ignore[arg-type]


def _layer(layer: LayerText) -> Layer:
    return LAYERS[layer.keyword](**dict(layer.options))
