"""Where data are read from, and how many are read at a time."""

import os
from pathlib import Path


def data_folder() -> Path:
    """`$MOAT_LAB_DATA`, or `data` in the working folder: where data are looked for that name no path."""
    return Path(os.environ.get("MOAT_LAB_DATA") or "data").expanduser()


def folder_named(text: str) -> Path:
    """The folder of this path, or else of this path below the data folder; it may not be there."""
    here = Path(text).expanduser()
    return here if here.is_dir() or not (data_folder() / here).is_dir() else data_folder() / here


def decoders() -> int:
    """How many images are decoded at a time: `$MOAT_LAB_DECODERS`, or one for each core of this process."""
    chosen = os.environ.get("MOAT_LAB_DECODERS", "")
    if chosen.isdecimal() and int(chosen) > 0:
        return int(chosen)
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
