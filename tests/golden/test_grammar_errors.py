"""Every mistake is shown where it was made, in words, with what was meant: read grammar_errors.txt."""

import re
from pathlib import Path

import pytest

from moat_lab import GrammarError, parse
from moat_lab.blocks import LAYERS
from moat_lab.grammar.syntax import WORDS

FILE = Path(__file__).parent / "grammar_errors.txt"
CASES = re.split(r"\n\n(?=>)", FILE.read_text(encoding="utf-8").rstrip("\n"))


def case(block: str) -> tuple[str, str]:
    """A text, its lines after `>`, and the message, no line of which ends in spaces."""
    lines = block.split("\n")
    text = [line[2:] for line in lines if line.startswith(">")]
    return "\n".join(text), "\n".join(lines[len(text) :])


@pytest.fixture(autouse=True)
def _layers(monkeypatch):
    """Messages list the layers: those of this file, whatever others are there."""
    for keyword in {*LAYERS} - {"attn", "mbconv", "mlp"}:
        monkeypatch.delitem(LAYERS, keyword)


@pytest.mark.parametrize(
    ("text", "message"), [case(block) for block in CASES], ids=[block.split("\n")[0] for block in CASES]
)
def test_the_message_is(text, message):
    with pytest.raises(GrammarError) as error:
        parse(text)
    assert "\n".join(line.rstrip() for line in str(error.value).split("\n")) == message


def test_no_message_shows_a_token_a_class_or_a_library():
    tokens = [name for name in WORDS if name.isalpha()]
    words = [*tokens, "Token", "Tree", "lark", "Error", "Traceback", "None", "NoneType", "tuple"]
    shown = "\n".join(line for line in "\n".join(CASES).split("\n") if not line.startswith(">"))
    assert re.findall(rf"\b({'|'.join(words)})\b", shown) == []
