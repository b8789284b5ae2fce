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
    return _count("MOAT_LAB_DECODERS") or _cores()


def decoders_beside_others() -> int:
    """`decoders` of one of several processes that decode at once: each has its share of the cores.

    They are those that torchrun starts here, `$LOCAL_WORLD_SIZE`, or a study's workers, `$MOAT_LAB_WORKERS`.
    """
    processes = (_count("LOCAL_WORLD_SIZE") or 1) * (_count("MOAT_LAB_WORKERS") or 1)
    return _count("MOAT_LAB_DECODERS") or max(1, _cores() // processes)


def _count(variable: str) -> int:
    """The number in an environment variable; 0 where there is none."""
    said = os.environ.get(variable, "")
    return int(said) if said.isdecimal() else 0


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
