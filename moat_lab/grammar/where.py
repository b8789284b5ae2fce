"""`where ...` -> factors: each name with its levels."""

from __future__ import annotations

from collections import Counter

from lark import Token

from moat_lab.blocks import LAYERS
from moat_lab.blocks.options import kinds
from moat_lab.grammar.factor import Factor
from moat_lab.grammar.layers import LayerReader
from moat_lab.grammar.network import Stage, Stem
from moat_lab.grammar.source import Node, Source, nodes_of, token_of, tokens_of
from moat_lab.grammar.syntax import KEYWORDS
from moat_lab.grammar.template import BLOCK, Level, block_of, level_names, level_text

MAX_LEVELS = 1_000


class WhereReader:
    """One method per rule. Levels of a name hold the same names: every factor is present at every point."""

    def __init__(self, source: Source) -> None:
        self.source, self.factors = source, dict[str, Factor]()
        self.layers = LayerReader(source, self.factors, blocks={})

    def bindings(self, nodes: list[Node]) -> None:
        """Factors in the order of the text; values are read first, for options of blocks may take them."""
        for node in sorted(nodes, key=_holds_options):
            self.binding(node)
        ordered = {str(token_of(node)): self.factors[str(token_of(node))] for node in nodes}
        self.factors.clear()
        self.factors.update(ordered)

    def binding(self, node: Node) -> None:
        token, levels = token_of(node), [*nodes_of(node, "range"), *nodes_of(node, "levels")][0]
        name = str(token)
        if name in LAYERS or name in KEYWORDS.values() or _is_value(name):
            raise self.source.error(f"'{name}' means something already, and cannot be bound", token)
        if name in self.factors:
            raise self.source.error(f"'{name}' is bound twice", token)
        read = self.range(levels) if levels.data == "range" else self.levels(levels)
        self.factors[name] = Factor(name, read)

    def levels(self, node: Node) -> tuple[Level, ...]:
        nodes = nodes_of(node, "level")
        self.require_few(len(nodes), node)
        levels = tuple(self.level(level.children[0]) for level in nodes)
        texts = Counter(map(level_text, levels))
        names = {name for level in levels for name in level_names(level)}
        for level, at in zip(levels, nodes, strict=True):
            if texts[level_text(level)] > 1:
                raise self.source.error(f"the level {level_text(level)} stands twice", at)
            for name in sorted(names.difference(level_names(level))):
                raise self.source.error(f"'{name}' stands in another level, and has to stand in this one", at)
        return levels

    def level(self, child: Token | Node) -> Level:
        """In one spelling: 4.0 is 4 and 7x7 is 7, whatever the name is used for."""
        if isinstance(child, Token):
            value = self.source.value(child)
            if isinstance(value, tuple):
                return value[0] if value[0] == value[1] else value
            return int(value) if isinstance(value, float) and value == int(value) else value
        layers = nodes_of(child, "layer")
        if len(layers) == 1 and len(layers[0].children) == 1:
            return str(token_of(layers[0]))
        block = self.layers.block(child)
        return level_text(block) if block in map(block_of, LAYERS) else block

    def range(self, node: Node) -> tuple[Level, ...]:
        first, last, step = [*map(self.source.number, tokens_of(node, "INT")), 1][:3]
        levels = range(int(first), int(last) + 1, int(step) or 1)
        if step < 1 or not levels:
            raise self.source.error("a range rises, in steps of 1 or more, such as 8..64:8", node)
        self.require_few(len(levels), node)
        return tuple(levels)

    def require_few(self, count: int, node: Node) -> None:
        if count > MAX_LEVELS:
            raise self.source.error(f"a name has at most {MAX_LEVELS} levels; got {count}", node)


def _holds_options(binding: Node) -> bool:
    return any(True for _ in binding.find_data("options"))


def _is_value(name: str) -> bool:
    """Whether an option takes the word itself, as `down` takes `pool`.

    `block` may be bound all the same, as it was before `down` took it: `down=block` is never the bound name.
    """
    owners = (Stem, Stage, *LAYERS.values())
    return name != BLOCK and any(
        kind.read(name) is not None for owner in owners for kind in kinds(owner).values()
    )
