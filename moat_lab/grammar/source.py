"""The text with its syntax tree: numbers and words out of it, and errors that show their place."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import cast

from lark import Token, Tree

from moat_lab.blocks.options import Value
from moat_lab.errors import did_you_mean
from moat_lab.grammar.error import GrammarError, Span

MAX_DIGITS = 9
Node = Tree[Token]


@dataclass(frozen=True, slots=True)
class Source:
    """What is read, for messages about it."""

    text: str

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
        return GrammarError(message, help=help, text=self.text, span=span_of(at))


def nodes_of(node: Node, rule: str) -> list[Node]:
    return [child for child in node.children if isinstance(child, Tree) and child.data == rule]


def token_of(node: Node, index: int = 0) -> Token:
    return cast(Token, node.children[index])


def tokens_of(node: Node, type: str) -> list[Token]:
    return [child for child in node.children if isinstance(child, Token) and child.type == type]


def span_of(at: Token | Node) -> Span:
    if isinstance(at, Token):
        return at.start_pos or 0, at.end_pos or 0
    return at.meta.start_pos, at.meta.end_pos
