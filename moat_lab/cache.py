"""Where the lab keeps what can be made again."""

import os
from pathlib import Path

from moat_lab.errors import UserError


def cache_root() -> Path:
    """The folder that `MOAT_LAB_CACHE` names; `~/.cache/moat_lab` where it is not set.

    Raises:
        UserError: it is a file.
    """
    given = os.environ.get("MOAT_LAB_CACHE")
    root = Path(given).expanduser() if given else Path.home() / ".cache" / "moat_lab"
    if root.is_file():
        raise UserError(f"MOAT_LAB_CACHE: a folder is needed; got {root}, a file\n  name another")
    return root
