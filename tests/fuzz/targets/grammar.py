"""Texts of networks and spaces, up to their cost."""

import random
from pathlib import Path

from moat_lab import ZOO, Network, cost, parse
from tests.fuzz.mutation import TEXT, mutated
from tests.fuzz.target import FuzzTarget
from tests.property.networks import network_text, space_text

_RNG = random.Random(0)
CORPUS = tuple(
    text.encode()
    for text in (
        *ZOO.values(),
        *(network_text(_RNG) for _ in range(60)),
        *(space_text(_RNG) for _ in range(60)),
        "stem(w) | n x f @2w(down=d) for 32px where w in 8..64:8, n in 1..3, d in {pool, patch}"
        ", f in {mbconv, attn(window=v)+mlp}, v in {global, 7, 7x8}",
    )
)


def mutant(rng: random.Random) -> bytes:
    return mutated(rng, rng.choice(CORPUS), CORPUS, TEXT)


def ask(content: bytes, folder: Path) -> bool:
    """What is read is written again as the same, and has a cost."""
    found = parse(content.decode(errors="surrogateescape"))
    if str(parse(str(found))) != str(found):
        raise AssertionError(f"read again, it is another network: {found}")
    cost(found if isinstance(found, Network) else found.sample(random.Random(0)))
    return True


TARGET = FuzzTarget(mutant=mutant, ask=ask, share=5)
