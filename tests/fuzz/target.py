"""What a target of the fuzzer is."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True, kw_only=True)
class FuzzTarget:
    """One entry of the lab, and inputs made to break it.

    Args:
        mutant: draws an input: a text or file of the target's corpus, changed.
        ask: gives an input to the lab, through an empty folder of its own: whether there is an answer.
            False, or a UserError, is a refusal; any other exception is a fault.
        share: inputs that it gets in each round of all targets; those that answer fast get more.
    """

    mutant: Callable[[random.Random], bytes]
    ask: Callable[[bytes, Path], bool]
    share: int
