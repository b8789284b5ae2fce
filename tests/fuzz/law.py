"""The law: an input is answered or refused in words, within two seconds, and nothing else."""

import random
import shutil
import tempfile
import time
import traceback
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from moat_lab.discovery import members
from moat_lab.errors import UserError
from tests.fuzz import targets
from tests.fuzz.target import FuzzTarget

LIMIT_S = 2.0
"""Of processor time, which is the same on a busy machine; a worker stops what only waits."""
TARGETS: Mapping[str, FuzzTarget] = members(targets, "TARGET")
ROUND = tuple(name for name, target in TARGETS.items() for _ in range(target.share))
"""Whose turn it is, input by input, again and again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """`kind` is answered, refused or fault; `trace` is what a fault showed, in short in its last line."""

    kind: str
    took_s: float
    trace: str = ""


def mutant(name: str, number: int) -> bytes:
    """An input: the same for a target and a number, as long as the corpus is the same."""
    return TARGETS[name].mutant(random.Random(f"{name}:{number}"))


def ending_of(target: FuzzTarget, content: bytes) -> Ending:
    """What becomes of an input."""
    folder = Path(tempfile.mkdtemp(prefix="moat_lab_fuzz_"))
    start, trace = time.process_time(), ""
    try:
        kind = "answered" if target.ask(content, folder) else "refused"
    except UserError:
        kind = "refused"
    except (Exception, SystemExit):
        kind, trace = "fault", traceback.format_exc()
    took_s = time.process_time() - start
    shutil.rmtree(folder)
    if took_s > LIMIT_S:
        kind, trace = "fault", f"{trace}{took_s:.1f} s, where {LIMIT_S:g} s are allowed"
    return Ending(kind=kind, took_s=took_s, trace=trace)
