"""Syntax tree -> template: every name known, every value of its kind, in one spelling."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import cast

from lark import Token, Tree

from moat_lab.blocks import LAYERS
from moat_lab.blocks.option import Kind, Value, kinds, whole
from moat_lab.errors import did_you_mean
from moat_lab.grammar.error import GrammarError, Span
from moat_lab.grammar.network import MAX_RESOLUTION, Stage, Stem
from moat_lab.grammar.space import Factor
from moat_lab.grammar.syntax import KEYWORDS, tree
from moat_lab.grammar.template import (
    DEFAULT_RESOLUTION,
    Block,
    GroupText,
    LayerText,
    Level,
    Name,
    NetworkText,
    Options,
    Slot,
    StageText,
    StemText,
    block_of,
    canonical_options,
    canonical_stage,
    is_block,
    level_text,
)

MAX_DIGITS, MAX_LEVELS = 9, 1_000
SIZE = whole()
Node = Tree[Token]


@dataclass(frozen=True, slots=True)
class Reading:
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


def read(text: str) -> Reading:
    """A line of text as template and factors.

    Raises:
        GrammarError: not the grammar's; or a name, option or value that does not exist there.
    """
    return _Reader(text).network()


class _Reader:
    """One method per rule of the grammar; the factors are read first, for names are checked in use."""

    def __init__(self, text: str) -> None:
        self.text, self.tree = text, tree(text)
        self.used: set[str] = set()
        self.factors: dict[str, Factor] = {}

    def network(self) -> Reading:
        bindings = _nodes(self.tree, "binding")
        for binding in bindings:
            self.binding(binding)
        stem, stages = _nodes(self.tree, "stem")[0], _nodes(self.tree, "stage")
        template = NetworkText(
            self.stem(stem),
            tuple(self.stage(stage) for stage in stages),
            self.resolution(),
        )
        for binding in bindings:
            if _token(binding) not in self.used:
                raise self.error(f"'{_token(binding)}' is bound, but used nowhere", _token(binding))
        return Reading(self.text, template, tuple(self.factors.values()), tuple(map(_span, [stem, *stages])))

    def resolution(self) -> int:
        for token in _tokens(self.tree, "INT"):
            side = self.number(token)
            if not 1 <= side <= MAX_RESOLUTION:
                raise self.error(f"a resolution is from 1 to {MAX_RESOLUTION} pixels; got {side}", token)
            return int(side)
        return DEFAULT_RESOLUTION

    def stem(self, node: Node) -> StemText:
        widths = [self.width(width) for width in _nodes(node, "width")]
        if not widths:
            raise self.error("a stem needs at least one width, such as stem(32); got none", node)
        return StemText(tuple(widths), self.options(Stem, "stem", _nodes(node, "option")))

    def stage(self, node: Node) -> StageText:
        groups = tuple(self.group(group) for group in _nodes(node, "group"))
        given = [option for options in _nodes(node, "options") for option in _nodes(options, "option")]
        options = self.options(Stage, "a stage", given)
        return canonical_stage(Stage, groups, self.width(_nodes(node, "width")[0]), options)

    def group(self, node: Node) -> GroupText:
        counts = _nodes(node, "count")
        depth = self.slot(_token(counts[0]), SIZE, "a depth") if counts else 1
        return GroupText(depth, self.block(_nodes(node, "block")[0]))

    def block(self, node: Node) -> Block:
        return tuple(self.layer(layer) for layer in node.children if isinstance(layer, Tree))

    def layer(self, node: Node) -> LayerText | Name:
        keyword = str(_token(node))
        options = [option for given in _nodes(node, "options") for option in _nodes(given, "option")]
        if keyword in LAYERS:
            return LayerText(keyword, self.options(LAYERS[keyword], keyword, options))
        if keyword not in self.factors:
            known = [*LAYERS, *self.factors]
            raise self.error(f"no layer is named '{keyword}'", _token(node), near=known, listed="layers")
        if _nodes(node, "options"):
            raise self.error(f"'{keyword}' is bound by where, and takes no options", node)
        return self.name(_token(node), None, "a block")

    def options(self, owner: type, what: str, nodes: list[Node]) -> Options:
        known, given = kinds(owner), {}
        for node in nodes:
            name = str(_token(node))
            if name not in known:
                raise self.error(
                    f"{what} has no option '{name}'", _token(node), near=known, listed=f"{what} takes"
                )
            if name in given:
                raise self.error(f"'{name}' is given twice", _token(node))
            value = _token(_nodes(node, "value")[0])
            given[name] = self.slot(value, known[name], name)
        return canonical_options(owner, tuple(given.items()))

    def width(self, node: Node) -> Slot:
        if len(node.children) == 1:
            return self.slot(_token(node), SIZE, "a width")
        scale = self.slot(_token(node), SIZE, "a width's factor")
        name = _token(node, 1)
        if str(name) not in self.factors:
            meant = f"{scale}{name} is {scale} times a width bound by where"
            help = f"{meant}; or a sign is missing before {name}"
            raise self.error(f"'{name}' is not bound", name, help=help)
        return self.name(name, SIZE, "a width", scale=int(scale))  # type: ignore[arg-type]

    def slot(self, token: Token, kind: Kind, what: str) -> Slot:
        """A literal of the kind in its canonical form, or a name all of whose levels are."""
        if str(token) in self.factors:
            return self.name(token, kind, what)
        if kind is SIZE and token.type == "NAME":
            raise self.error(f"'{token}' is not bound", token, near=self.factors, listed="bound by where")
        value = self.value(token)
        read = kind.read(value)
        if read is None:
            help = self.near_value(kind, str(token)) if token.type == "NAME" else ""
            raise self.error(f"{what} is {kind.expected}; got {token}", token, help=help)
        return read

    def near_value(self, kind: Kind, got: str) -> str:
        """Help where a word stands that is no value: the nearest one that is."""
        words = [word for word in kind.expected.replace(",", " ").split() if kind.read(word) is not None]
        near = did_you_mean(got, [*words, *self.factors]).rstrip()
        return near or ("" if words else f"'{got}' is not bound by where")

    def name(self, token: Token, kind: Kind | None, what: str, *, scale: int = 1) -> Name:
        """A bound name used as a block (no kind) or as a value of a kind."""
        name = str(token)
        if name not in self.factors:
            raise self.error(f"'{name}' is not bound", token, near=self.factors, listed="bound by where")
        for level in self.factors[name].levels:
            if not _fits(level, kind):
                expected = kind.expected if kind else "layers joined by +"
                help = did_you_mean(level_text(level), LAYERS) if kind is None else ""
                raise self.error(
                    f"{what} is {expected}; '{name}' has the level {level_text(level)}",
                    token,
                    help=help.rstrip(),
                )
        self.used.add(name)
        return Name(name, scale)

    def binding(self, node: Node) -> None:
        token, levels = _token(node), [*_nodes(node, "range"), *_nodes(node, "levels")][0]
        name = str(token)
        if name in LAYERS or name in KEYWORDS.values() or _is_value(name):
            raise self.error(f"'{name}' means something already, and cannot be bound", token)
        if name in self.factors:
            raise self.error(f"'{name}' is bound twice", token)
        read = self.range(levels) if levels.data == "range" else self.levels(levels)
        self.factors[name] = Factor(name, read)

    def levels(self, node: Node) -> tuple[Level, ...]:
        nodes = _nodes(node, "level")
        self.require_few(len(nodes), node)
        levels = tuple(self.level(level.children[0]) for level in nodes)
        texts = Counter(map(level_text, levels))
        for level, at in zip(levels, nodes, strict=True):
            if texts[level_text(level)] > 1:
                raise self.error(f"the level {level_text(level)} stands twice", at)
        return levels

    def level(self, child: Token | Node) -> Level:
        """In one spelling: 4.0 is 4 and 7x7 is 7, whatever the name is used for."""
        if isinstance(child, Token):
            value = self.value(child)
            if isinstance(value, tuple):
                return value[0] if value[0] == value[1] else value
            return int(value) if isinstance(value, float) and value == int(value) else value
        layers = _nodes(child, "layer")
        if len(layers) == 1 and len(layers[0].children) == 1:
            return str(_token(layers[0]))
        block = _reader_without_names(self).block(child)
        return level_text(block) if block in map(block_of, LAYERS) else block

    def range(self, node: Node) -> tuple[Level, ...]:
        first, last, step = [*map(self.number, _tokens(node, "INT")), 1][:3]
        levels = range(int(first), int(last) + 1, int(step) or 1)
        if step < 1 or not levels:
            raise self.error("a range rises, in steps of 1 or more, such as 8..64:8", node)
        self.require_few(len(levels), node)
        return tuple(levels)

    def require_few(self, count: int, node: Node) -> None:
        if count > MAX_LEVELS:
            raise self.error(f"a name has at most {MAX_LEVELS} levels; got {count}", node)

    def value(self, token: Token) -> Value:
        if token.type == "NAME":
            return str(token)
        if token.type == "PAIR":
            height, width = (self.number(token, part) for part in token.split("x"))
            return (int(height), int(width))
        return self.number(token)

    def number(self, token: Token, part: str | None = None) -> int | float:
        digits = part if part is not None else str(token)
        if len(digits.replace(".", "")) > MAX_DIGITS:
            raise self.error(f"a number has at most {MAX_DIGITS} digits", token)
        return float(digits) if "." in digits else int(digits)

    def error(
        self,
        message: str,
        at: Token | Node,
        *,
        help: str = "",
        near: Iterable[str] = (),
        listed: str = "",
    ) -> GrammarError:
        """A GrammarError at a token or node; `near` are the names that could have been meant."""
        if listed:
            names = sorted(near)
            got = message.rsplit("'", 2)[1]
            help = f"{did_you_mean(got.lower(), names)}{listed}: {', '.join(names) or 'nothing'}"
        return GrammarError(message, help=help, text=self.text, span=_span(at))


def _reader_without_names(reader: _Reader) -> _Reader:
    """Levels hold no bound names: every factor is present at every point."""
    plain = object.__new__(_Reader)
    plain.text, plain.tree, plain.used, plain.factors = reader.text, reader.tree, set(), {}
    return plain


def _fits(level: Level, kind: Kind | None) -> bool:
    if kind is None:
        return bool(block_of(level))
    return not is_block(level) and kind.read(cast(Value, level)) is not None


def _is_value(name: str) -> bool:
    """Whether an option takes the word itself, as `down` takes `pool`."""
    owners = (Stem, Stage, *LAYERS.values())
    return any(kind.read(name) is not None for owner in owners for kind in kinds(owner).values())


def _nodes(node: Node, rule: str) -> list[Node]:
    return [child for child in node.children if isinstance(child, Tree) and child.data == rule]


def _token(node: Node, index: int = 0) -> Token:
    return cast(Token, node.children[index])


def _tokens(node: Node, type: str) -> list[Token]:
    return [child for child in node.children if isinstance(child, Token) and child.type == type]


def _span(at: Token | Node) -> Span:
    if isinstance(at, Token):
        return at.start_pos or 0, at.end_pos or 0
    return at.meta.start_pos, at.meta.end_pos
