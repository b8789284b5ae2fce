"""Syntax tree -> blocks: every layer, option and name exists, every value of its kind."""

from __future__ import annotations

from typing import cast

from lark import Token, Tree

from moat_lab.blocks import LAYERS
from moat_lab.blocks.options import OptionKind, Value, kinds, whole_number
from moat_lab.errors import did_you_mean
from moat_lab.grammar.factor import Factor
from moat_lab.grammar.source import Node, Source, nodes_of, token_of
from moat_lab.grammar.template import (
    BLOCK,
    Block,
    LayerText,
    Level,
    Name,
    Options,
    Slot,
    block_of,
    canonical_options,
    is_block,
    level_text,
)

SIZE = whole_number()


class LayerReader:
    """Reads what may hold bound names, and remembers which were used; `blocks` may stand for a block."""

    def __init__(self, source: Source, factors: dict[str, Factor], blocks: dict[str, Factor]) -> None:
        self.factors, self.blocks, self.error, self.value_of = factors, blocks, source.error, source.value
        self.used: set[str] = set()

    def block(self, node: Node) -> Block:
        return tuple(self.layer(layer) for layer in node.children if isinstance(layer, Tree))

    def layer(self, node: Node) -> LayerText | Name:
        keyword = str(token_of(node))
        options = [option for given in nodes_of(node, "options") for option in nodes_of(given, "option")]
        if keyword in LAYERS:
            return LayerText(keyword, self.options(LAYERS[keyword], keyword, options))
        if keyword not in self.blocks:
            names = [*LAYERS, *self.blocks]
            raise self.error(f"no layer is named '{keyword}'", token_of(node), near=names, listed="layers")
        if nodes_of(node, "options"):
            raise self.error(f"'{keyword}' is bound by where, and takes no options", node)
        return self.name(token_of(node), None, "a block")

    def options(self, owner: type, what: str, nodes: list[Node]) -> Options:
        kind_of, given = kinds(owner), {}
        for node in nodes:
            name = str(token_of(node))
            if name not in kind_of:
                raise self.error(
                    f"{what} has no option '{name}'", token_of(node), near=kind_of, listed=f"{what} takes"
                )
            if name in given:
                raise self.error(f"'{name}' is given twice", token_of(node))
            value = token_of(nodes_of(node, "value")[0])
            given[name] = self.slot(value, kind_of[name], name)
        return canonical_options(owner, tuple(given.items()))

    def width(self, node: Node) -> Slot:
        if len(node.children) == 1:
            return self.slot(token_of(node), SIZE, "a width")
        scale = self.slot(token_of(node), SIZE, "a width's factor")
        name = token_of(node, 1)
        if str(name) not in self.factors:
            meant = f"{scale}{name} is {scale} times a width bound by where"
            help = f"{meant}; or a sign is missing before {name}"
            raise self.error(f"'{name}' is not bound", name, help=help)
        return self.name(name, SIZE, "a width", scale=int(scale))  # type: ignore[arg-type]

    def slot(self, token: Token, kind: OptionKind, what: str) -> Slot:
        """A literal of the kind in its canonical form, or a name all of whose levels are."""
        if str(token) in self.factors and not (token == BLOCK and kind.read(BLOCK)):
            return self.name(token, kind, what)
        if kind is SIZE and token.type == "NAME":
            raise self.error(f"'{token}' is not bound", token, near=self.factors, listed="bound by where")
        value = self.value_of(token)
        read = kind.read(value)
        if read is None:
            help = self.near_value(kind, str(token)) if token.type == "NAME" else ""
            raise self.error(f"{what} is {kind.expected}; got {token}", token, help=help)
        return read

    def near_value(self, kind: OptionKind, got: str) -> str:
        """Help where a word stands that is no value: the nearest one that is."""
        words = [word for word in kind.expected.replace(",", " ").split() if kind.read(word) is not None]
        near = did_you_mean(got, [*words, *self.factors]).rstrip()
        return near or ("" if words else f"'{got}' is not bound by where")

    def name(self, token: Token, kind: OptionKind | None, what: str, *, scale: int = 1) -> Name:
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


def _fits(level: Level, kind: OptionKind | None) -> bool:
    if kind is None:
        return bool(block_of(level))
    return not is_block(level) and kind.read(cast(Value, level)) is not None
