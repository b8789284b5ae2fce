"""Text -> syntax tree by lark, and its refusals in words."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from lark import Lark, Token, Tree, UnexpectedCharacters, UnexpectedInput, UnexpectedToken

from moat_lab.errors import did_you_mean
from moat_lab.grammar.error import GrammarError

WORDS = {
    "BAR": "'|' and a stage",
    "COMMA": "','",
    "PLUS": "'+'",
    "AT": "'@' and the stage's width",
    "LPAR": "'('",
    "RPAR": "')'",
    "LBRACE": "'{'",
    "RBRACE": "'}'",
    "EQUALS": "'='",
    "COLON": "':'",
    "TO": "'..'",
    "STEM": "'stem('",
    "TIMES": "'x'",
    "FOR": "'for'",
    "PX": "'px'",
    "WHERE": "'where'",
    "IN": "'in'",
    "NAME": "a name",
    "PAIR": "two sides such as 7x8",
    "DECIMAL": "a decimal number",
    "INT": "a whole number",
    "$END": "the end",
}
KEYWORDS = {"STEM": "stem", "TIMES": "x", "FOR": "for", "PX": "px", "WHERE": "where", "IN": "in"}


def tree(text: str) -> Tree[Token]:
    """The syntax tree, its tokens with their places.

    Raises:
        GrammarError: the text does not follow the grammar.
    """
    try:
        return _lark().parse(text)
    except UnexpectedInput as refusal:
        raise _explained(refusal, text) from None


@cache
def _lark() -> Lark:
    grammar = files("moat_lab.grammar").joinpath("network.lark").read_text(encoding="utf-8")
    return Lark(grammar, parser="lalr", start="network", maybe_placeholders=False, propagate_positions=True)


def _explained(refusal: UnexpectedInput, text: str) -> GrammarError:
    if isinstance(refusal, UnexpectedToken) and refusal.token.type != "$END":
        found, width = f"'{refusal.token}'", len(refusal.token)
    elif isinstance(refusal, UnexpectedCharacters):
        found, width = f"'{text[refusal.pos_in_stream or 0]}'", 1
    else:
        found, width = "the end", 1
    at = len(text.rstrip()) if found == "the end" else refusal.pos_in_stream or 0
    expected = _expected(refusal)
    near = did_you_mean(found.strip("'"), [KEYWORDS[name] for name in expected if name in KEYWORDS])
    message = f"expected {_listed([WORDS[name] for name in WORDS if name in expected])}; got {found}"
    return GrammarError(message, help=near.rstrip(), text=text, span=(at, at + width))


def _expected(refusal: UnexpectedInput) -> set[str]:
    if isinstance(refusal, UnexpectedCharacters):
        return set(refusal.allowed or ())
    return set(getattr(refusal, "accepts", None) or getattr(refusal, "expected", None) or ())


def _listed(words: list[str]) -> str:
    return " or ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)
