"""Files that are whole or absent, whatever is killed at whatever byte."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4


def write_whole(path: Path, content: str | bytes) -> Path:
    """`path`, now holding `content`; whoever reads it meanwhile sees all of the old or all of the new.

    Missing folders are made. A writer that is killed leaves at most a hidden `.NAME.*.tmp` beside it.
    """
    with whole(path) as temporary:
        temporary.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


@contextmanager
def whole(path: Path) -> Iterator[Path]:
    """A name beside `path` to write a file to, which becomes `path` if the block ends well, else nothing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    # A name of its own for each writer, in the same folder: two may write the same path, and a rename
    # is only atomic within one file system.
    temporary = path.with_name(f".{path.name}.{uuid4().hex}.tmp")
    try:
        yield temporary
        _flush(temporary)
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)
    if os.name != "nt":  # Windows opens no folders
        # Makes a rename survive a power cut, not only a kill.
        _flush(path.parent)


def _flush(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
