"""A tree of mappings, lists and plain values with a few places changed: still a tree, and odd further in."""

import copy
import json
import random
from collections.abc import Iterator
from typing import Any

from tests.fuzz.mutation import BYTES, TEXT, mutated

Tree = Any
LONG = 2_000
Place = tuple[Any, Any]
"""A mapping or list, and the key or index in it."""
VALUES: tuple[Tree, ...] = (
    *(None, True, False, 0, 1, -1, 2, 0.5, -0.0, 1e-320, 1e308, float("inf"), float("-inf"), float("nan")),
    *(10**6, 10**9, 2**31, 2**63, -(2**63) - 1, 10**30, 10**400),
    *("", " ", "x", "null", "0", "-1", "1e400", "nan", "٣", "\0", "\n", "\u2028", "😀", "a" * 5_000, "../.."),
    *([], {}, [[]], [None], [1, 1], {"": 0}, {"name": [1]}, {"name": {}}, {"name": "tpe", "seed": "x"}),
)


def changed(rng: random.Random, tree: Tree, donor: Tree) -> Tree:
    """A copy after one or a few changes; pieces of the donor may come in."""
    tree = copy.deepcopy(tree)
    for _ in range(rng.choice((1, 1, 2, 4))):
        if places := [*_places(tree)]:
            _change(rng, *rng.choice(places), [*_places(donor)])
    return tree


def _change(rng: random.Random, inside: Any, at: Any, others: list[Place]) -> None:
    old, (other, key) = inside[at], rng.choice(others)
    match rng.randrange(8):
        case 0:
            del inside[at]
        case 1 if isinstance(inside, dict):
            inside[rng.choice((str(key), "x", ""))] = inside.pop(at)
        case 2:
            inside[at] = copy.deepcopy(other[key])
        case 3 if isinstance(old, int | float):
            inside[at] = rng.choice(
                (-old, old + 1, old * 10**6, old * 10**18, old // 3, str(old), [old], bool(old))
            )
        case 4:
            inside[at] = _wrapped(old, rng.choice((1, 2, 100)), rng.choice((list, dict)))
        case 5 if isinstance(old, list):
            inside[at] = [copy.deepcopy(item) for item in (old * rng.choice((0, 2, 1_000)))[:LONG]]
        case 5 | 6 | 7 if isinstance(old, str):
            inside[at] = _text(rng, old, other[key])
        case _:
            inside[at] = copy.deepcopy(rng.choice(VALUES))


def _places(tree: Tree) -> Iterator[Place]:
    if isinstance(tree, dict | list):
        for at in tree if isinstance(tree, dict) else range(len(tree)):
            yield tree, at
            yield from _places(tree[at])


def _text(rng: random.Random, text: str, donor: Tree) -> str:
    corpus = [text.encode(), json.dumps(donor).encode()]
    return mutated(rng, corpus[0], corpus, (*TEXT, *BYTES)).decode(errors="replace")


def _wrapped(value: Tree, depth: int, kind: type) -> Tree:
    for _ in range(depth):
        value = [value] if kind is list else {"a": value}
    return value
