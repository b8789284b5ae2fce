"""YAML files: as texts, and as the trees that they hold."""

import json
import random
from collections.abc import Sequence
from functools import cache
from itertools import pairwise

import yaml

from tests.fuzz.mutation import TEXT, mutated
from tests.fuzz.tree import changed

_LAUGHS = ", ".join(f"&{b} [{','.join([f'*{a}'] * 9)}]" for a, b in pairwise("abcdefghi"))
_SHORT = """
&a [*a] / &a {b: *a} / *a / &a / &question x / <<: *a / {<<: 1} / {? [a]: b} / {[a]: b} / {{}: 1}
!!python/object/apply:os.system [id] / !!binary x / !!binary aGk= / !!set {a} / !!omap [a] / !!pairs 1
!!int '' / !!int x / !!float x / !!bool x / !!null x / !!timestamp x / !!str [a] / !!map x / !!seq x
!x y / !! / 2001-01-01 / 2001-99-99 / 2001-01-01 25:61:61 / 0b / 0x / 0o / _ / 1__0 / 12:99:99
= / - / ? / ~ / | / > / >-9 / |+ / yes / off / ... / --- / %YAML 9.9 / @ / ` / & / * / !
"""
VALUES = (
    *_SHORT.strip().replace("\n", " / ").split(" / "),
    *("1" * 5_000, "0x" + "f" * 5_000, "." + "1" * 5_000, "1e" + "9" * 20, "1:" * 2_000 + "1"),
    f"[&a [x, x], {_LAUGHS}]",
)
"""What a value of YAML may be, in the place of one."""


_tree = cache(yaml.safe_load)


def mutant(rng: random.Random, corpus: Sequence[bytes]) -> bytes:
    content = rng.choice(corpus)
    if rng.random() < 0.5:
        return mutated(rng, content, corpus, (*TEXT, other_value, other_value))
    tree = changed(rng, _tree(content), _tree(rng.choice(corpus)))
    return json.dumps(tree).encode()  # which is YAML too


def other_value(rng: random.Random, content: bytes, corpus: Sequence[bytes]) -> bytes:
    """One of the lines that are `key: value` with another value."""
    lines = content.split(b"\n")
    at = rng.randrange(len(lines))
    key, colon, _ = lines[at].partition(b": ")
    lines[at] = key + (colon or b": ") + rng.choice(VALUES).encode()
    return b"\n".join(lines)
