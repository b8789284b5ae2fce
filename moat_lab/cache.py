"""Where the lab keeps what can be made again."""

import os
from pathlib import Path


def cache_root() -> Path:
    """The folder that `MOAT_LAB_CACHE` names; `~/.cache/moat_lab` where it is not set."""
    given = os.environ.get("MOAT_LAB_CACHE")
    return Path(given).expanduser() if given else Path.home() / ".cache" / "moat_lab"
