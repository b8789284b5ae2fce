"""Text -> Network or Space."""

from __future__ import annotations

import re
from typing import NoReturn

from moat_lab.errors import did_you_mean
from moat_lab.grammar.error import GrammarError
from moat_lab.grammar.network import Network
from moat_lab.grammar.read import read
from moat_lab.grammar.space import Space
from moat_lab.grammar.zoo import ZOO

MAX_CHARACTERS = 100_000
"""A second's work; tiny_moat_0 has 110."""


def parse(text: str) -> Network | Space:
    """The network that a line of text, or a name of the ZOO, stands for; with `where`, the space.

    Raises:
        GrammarError: the text is neither; the message shows the place, and the nearest valid name.
    """
    named = ZOO.get(text.strip())
    return _checked(named if named is not None else text)


def to_network(text: str | Network) -> Network:
    """The one network that a text or a ZOO name stands for; a Network is given back as it is.

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
    reading = read(text)
    space = Space.of(reading.network, reading.factors, located=reading.located)
    return space if space.factors else space[0]


def _unknown_name(text: str) -> NoReturn:
    raise GrammarError(
        f"no network is named '{text.strip()}'",
        help=f"{did_you_mean(text.strip().lower(), ZOO)}known networks: {', '.join(ZOO)}",
        text=text,
        span=(len(text) - len(text.lstrip()), len(text.rstrip())),
    )
