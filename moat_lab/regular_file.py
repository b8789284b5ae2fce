"""Files of ours are read only where they are files, and no larger than any that we write."""

import os
import stat
from pathlib import Path


def read_regular(path: Path, *, most: int) -> bytes:
    """What a file holds; a link to a file counts as one.

    Args:
        most: bytes.

    Raises:
        OSError: it cannot be read, is a folder, a pipe or a device, or is larger than `most`.
    """
    check_regular(path)
    # Without waiting: another program may have put a pipe there since.
    with open(os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0)), "rb") as file:
        content = file.read(most + 1)
    if len(content) > most:
        raise OSError(f"a file of at most {most:,} bytes is needed; got more")
    return content


def check_regular(path: Path) -> None:
    """Raises OSError unless there is a file: a pipe would be waited for, and a device may have no end."""
    if not stat.S_ISREG(path.stat().st_mode):
        raise OSError("a file is needed; got a folder, a pipe or a device")
