"""Text -> syntax tree by lark, and its refusals in words."""

from __future__ import annotations

import unicodedata
from functools import cache
from importlib.resources import files

from lark import Lark, Token, Tree, UnexpectedCharacters, UnexpectedInput, UnexpectedToken

from moat_lab.errors import did_you_mean
from moat_lab.grammar.error import GrammarError

WORDS = {
    "BAR": "'|' and a stage",
    "COMMA": "','",
    "PLUS": "'+'",
    "LPAR": "'('",
    "AT": "'@' and the stage's width",
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
AFTER = {
    "STEM LPAR": "a width, such as stem(32)",
    "LPAR": "an option by name, or ')'",
    "BAR": "a stage, such as 2x mbconv @64",
    "AT": "the stage's width",
    "TIMES": "a block, such as mbconv+attn",
    "PLUS": "a layer",
    "EQUALS": "a value",
    "FOR": "a resolution, such as 224px",
    "WHERE": "a name to bind",
    "IN": "levels, such as {32, 64} or 8..64:8",
    "LBRACE": "a level, such as 32, 0.25, 7x8 or mbconv+attn",
}
"""What is expected after one or two tokens, where a word for the whole says more than its first token."""
HELP = {
    ("", "STEM"): "a network starts with its stem, such as stem(32) | 2x mbconv @64",
    ("", "TIMES"): "a depth is followed by x, such as 2x mbconv",
    ("", "TO"): "single levels stand in braces, such as {32, 64}",
    ("..", "COMMA RBRACE"): "a range stands without braces, such as w in 8..64:8",
    ("for", "$END COMMA"): "the resolution stands before where",
    (".", "DECIMAL INT NAME PAIR"): "a decimal number starts with a digit, such as 0.25",
}
"""What to do about a token (or any, where empty) in place of the expected ones."""
LOOKALIKES = {"×": "x", "х": "x"}  # multiplication sign, Cyrillic ha
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
    parser = refusal.interactive_parser
    expected: set[str] = parser.accepts()  # type: ignore[no-untyped-call]
    before = " ".join(getattr(item, "type", "") for item in parser.parser_state.value_stack[-2:])
    words = _listed([WORDS[name] for name in WORDS if name in expected])
    words = AFTER.get(before) or AFTER.get(before.rpartition(" ")[2], words)
    got, at, width = _found(refusal, text)
    return GrammarError(
        f"expected {words}; got {got}", help=_help(refusal, expected), text=text, span=(at, at + width)
    )


def _found(refusal: UnexpectedInput, text: str) -> tuple[str, int, int]:
    """What was got, its place, and its length."""
    at = refusal.pos_in_stream or 0
    if isinstance(refusal, UnexpectedCharacters):
        return _character(text[at]), at, 1
    if isinstance(refusal, UnexpectedToken) and refusal.token.type != "$END":
        return f"'{refusal.token}'", at, len(refusal.token)
    return "the end", len(text.rstrip()), 1


def _character(char: str) -> str:
    """A character in quotes; one that is not on every keyboard also by its name."""
    name = unicodedata.name(char, f"U+{ord(char):04X}").lower().replace("u+", "U+")
    if not char.isprintable():
        return name
    return f"'{char}'" if char.isascii() else f"'{char}' ({name})"


def _help(refusal: UnexpectedInput, expected: set[str]) -> str:
    got = refusal.char if isinstance(refusal, UnexpectedCharacters) else str(getattr(refusal, "token", ""))
    near = _lookalike(got) or did_you_mean(got, [KEYWORDS[name] for name in expected if name in KEYWORDS])
    names = " ".join(sorted(expected))
    return near.rstrip() or HELP.get((got, names)) or HELP.get(("", names), "")


def _lookalike(got: str) -> str:
    """`did you mean '|'?` for a character that only looks like it."""
    plain = LOOKALIKES.get(got, unicodedata.normalize("NFKC", got))
    return f"did you mean '{plain}'?" if plain != got and plain.strip() and plain.isascii() else ""


def _listed(words: list[str]) -> str:
    return " or ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)
