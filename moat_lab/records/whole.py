"""Files that are whole or absent, whatever is killed at whatever byte."""

import os
from pathlib import Path
from uuid import uuid4


def write_whole(path: Path, content: str | bytes) -> Path:
    """`path`, now holding `content`; whoever reads it meanwhile sees all of the old or all of the new.

    Missing folders are made. A writer that is killed leaves at most a hidden `.NAME.*.tmp` beside it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    # A name of its own for each writer, in the same folder: two may write the same path, and a rename
    # is only atomic within one file system.
    temporary = path.with_name(f".{path.name}.{uuid4().hex}.tmp")
    try:
        _write_through(temporary, content.encode() if isinstance(content, str) else content)
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)
    _flush_folder(path.parent)
    return path


def _write_through(path: Path, content: bytes) -> None:
    with path.open("xb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _flush_folder(folder: Path) -> None:
    """Makes a rename survive a power cut, not only a kill."""
    if os.name == "nt":  # Windows opens no folders
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
