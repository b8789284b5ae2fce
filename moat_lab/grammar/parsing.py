"""Text -> Network or Space: every name known, every value of its kind, in one spelling."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NoReturn

from moat_lab.errors import did_you_mean
from moat_lab.grammar.error import GrammarError, Span
from moat_lab.grammar.factor import Factor
from moat_lab.grammar.layers import SIZE, LayerReader
from moat_lab.grammar.network import MAX_RESOLUTION, Network, Stage, Stem
from moat_lab.grammar.source import Node, Source, nodes_of, span_of, token_of, tokens_of
from moat_lab.grammar.space import Space
from moat_lab.grammar.syntax import tree
from moat_lab.grammar.template import (
    DEFAULT_RESOLUTION,
    GroupText,
    NetworkText,
    StageText,
    StemText,
    canonical_stage,
)
from moat_lab.grammar.where import WhereReader
from moat_lab.grammar.zoo import ZOO

MAX_CHARACTERS = 100_000
"""A second's work; tiny_moat_0 has 110."""


def parse(text: str) -> Network | Space:
    """The network that a line of text, or a name of the ZOO, stands for; with `where`, the space.

    Raises:
        GrammarError: the text is neither; the message shows the place, and the nearest valid name.
    """
    zoo_text = ZOO.get(text.strip())
    return _checked(zoo_text if zoo_text is not None else text)


def to_network(text: str | Network) -> Network:
    """The one network that a text or a ZOO name stands for; a Network stays as it is.

    Raises:
        GrammarError: as `parse`, or the text is a space.
    """
    if isinstance(text, Network):
        return text
    parsed = parse(text)
    if isinstance(parsed, Space):
        raise GrammarError(
            f"one network is needed; got a space of {parsed.size}",
            help="bind its names, or leave `where` out",
            text=text,
            span=(text.index("where"), text.index("where") + len("where")),
        )
    return parsed


def zoo_name(of: Network) -> str | None:
    """The network's name in the ZOO, and in timm's registry; None where it has none."""
    return next((name for name in ZOO if to_network(name) == of), None)


def _checked(text: str) -> Network | Space:
    if len(text) > MAX_CHARACTERS:
        raise GrammarError(f"a text has at most {MAX_CHARACTERS:,} characters; got {len(text):,}")
    if re.fullmatch(r"[\w.-]+", text.strip()):
        _unknown_name(text)
    reading = _Reader(text).network()
    space = Space.of(reading.network, reading.factors, located=reading.located)
    return space if space.factors else space[0]


def _unknown_name(text: str) -> NoReturn:
    raise GrammarError(
        f"no network is named '{text.strip()}'",
        help=f"{did_you_mean(text.strip().lower(), ZOO)}known networks: {', '.join(ZOO)}",
        text=text,
        span=(len(text) - len(text.lstrip()), len(text.rstrip())),
    )


@dataclass(frozen=True, slots=True)
class TextReading:
    """A template, its factors, and where its stem and stages stand in the text."""

    text: str
    network: NetworkText
    factors: tuple[Factor, ...]
    parts: tuple[Span, ...]

    def located(self, error: GrammarError, number: int) -> GrammarError:
        """An error of stage `number` (0 is the stem), with its place."""
        span = self.parts[number]
        where = f"stage {number} ({' '.join(self.text[slice(*span)].split())})" if number else "the stem"
        return error.located(self.text, span, f"{where}: ")


class _Reader:
    """One method per rule of the grammar; the factors are read first, for names are checked in use."""

    def __init__(self, text: str) -> None:
        self.source, self.tree = Source(text), tree(text)
        self.where = WhereReader(self.source)
        self.layers = LayerReader(self.source, self.where.factors, blocks=self.where.factors)

    def network(self) -> TextReading:
        bindings = nodes_of(self.tree, "binding")
        self.where.bindings(bindings)
        stem, stages = nodes_of(self.tree, "stem")[0], nodes_of(self.tree, "stage")
        template = NetworkText(
            self.stem(stem),
            tuple(self.stage(stage) for stage in stages),
            self.resolution(),
        )
        for binding in bindings:
            if token_of(binding) not in self.layers.used | self.where.layers.used:
                raise self.source.error(
                    f"'{token_of(binding)}' is bound, but used nowhere", token_of(binding)
                )
        factors = tuple(self.where.factors.values())
        return TextReading(self.source.text, template, factors, tuple(map(span_of, [stem, *stages])))

    def resolution(self) -> int:
        for token in tokens_of(self.tree, "INT"):
            side = self.source.number(token)
            if not 1 <= side <= MAX_RESOLUTION:
                raise self.source.error(
                    f"a resolution is from 1 to {MAX_RESOLUTION} pixels; got {side}", token
                )
            return int(side)
        return DEFAULT_RESOLUTION

    def stem(self, node: Node) -> StemText:
        widths = [self.layers.width(width) for width in nodes_of(node, "width")]
        if not widths:
            raise self.source.error("a stem needs at least one width, such as stem(32); got none", node)
        return StemText(tuple(widths), self.layers.options(Stem, "stem", nodes_of(node, "option")))

    def stage(self, node: Node) -> StageText:
        groups = tuple(self.group(group) for group in nodes_of(node, "group"))
        given = [option for options in nodes_of(node, "options") for option in nodes_of(options, "option")]
        options = self.layers.options(Stage, "a stage", given)
        return canonical_stage(Stage, groups, self.layers.width(nodes_of(node, "width")[0]), options)

    def group(self, node: Node) -> GroupText:
        counts = nodes_of(node, "count")
        depth = self.layers.slot(token_of(counts[0]), SIZE, "a depth") if counts else 1
        return GroupText(depth, self.layers.block(nodes_of(node, "block")[0]))
