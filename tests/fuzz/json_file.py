"""JSON files: as texts, and as the trees that they hold."""

import json
import random
from collections.abc import Sequence

from tests.fuzz.mutation import TEXT, mutated
from tests.fuzz.tree import changed


def mutant(rng: random.Random, corpus: Sequence[bytes]) -> bytes:
    content = rng.choice(corpus)
    if rng.random() < 0.4:
        return mutated(rng, content, corpus, TEXT)
    return json.dumps(changed(rng, json.loads(content), json.loads(rng.choice(corpus)))).encode()
