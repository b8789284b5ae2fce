"""One file is one engine: its `ENGINE`, found because the file exists."""

import sys

from moat_lab.discovery import members
from moat_lab.engines.engine import EngineMaker
from moat_lab.errors import UserError, did_you_mean

ENGINES: dict[str, EngineMaker] = members(sys.modules[__name__], "ENGINE")
"""Name in a study's file or command -> what makes the engine."""


def check_engine(name: str) -> None:
    """Raises UserError where there is no engine of this name."""
    if name not in ENGINES:
        raise UserError(
            f"engine: there is none named '{name:.40}'\n  {did_you_mean(name[:40], ENGINES)}"
            f"engines: {', '.join(ENGINES)}"
        )
