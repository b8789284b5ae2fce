"""Files of ours are written atomically, and read only where they are files; the folders they lie in."""

import errno
import os
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

from moat_lab.errors import UserError

FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
"""What the system says where no space is left."""


def write_atomically(path: Path, content: str | bytes) -> Path:
    """`path`, now holding `content`; a reader sees all of the old file or all of the new one.

    Missing folders are made. A writer that is killed leaves at most a hidden `.NAME.*.tmp` beside it.
    """
    with atomic_file(path) as temporary:
        temporary.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


@contextmanager
def atomic_file(path: Path) -> Iterator[Path]:
    """A name beside `path` to write a file to, which becomes `path` if the block ends well, else nothing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    # A name of its own for each writer, in the same folder: two may write the same path, and a rename
    # is only atomic within one file system.
    temporary = path.with_name(f".{path.name}.{uuid4().hex}.tmp")
    try:
        temporary.touch()
        mode = temporary.stat().st_mode
        yield temporary
        temporary.chmod(mode)  # a library may have put a private file of its own there
        _flush(temporary)
        os.replace(temporary, path)
    except OSError as error:
        if error.errno and not error.filename:  # a write has none
            error.filename = str(path)
        raise
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


@contextmanager
def atomic_folder(path: Path, *, overwrite: bool = False) -> Iterator[Path]:
    """A new folder beside `path` to fill, which becomes `path` if the block ends well, else nothing.

    With `overwrite` an old folder is renamed first and removed last: a process that is killed between the two
    leaves the old one as `.NAME.*.old` beside it.

    Raises:
        FileExistsError: there is something at `path`, and it is not to be overwritten.
    """
    if path.exists() and not overwrite:
        raise FileExistsError(path)
    temporary = path.with_name(f".{path.name}.{uuid4().hex}.tmp")
    temporary.mkdir(parents=True)
    try:
        yield temporary
        for part in (*temporary.rglob("*"), temporary):
            if os.name != "nt" or part.is_file():
                _flush(part)
        _take_name(temporary, path)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    if os.name != "nt":
        _flush(path.parent)


def _take_name(temporary: Path, path: Path) -> None:
    """Renames a folder; no system replaces one that is not empty in one step."""
    if not path.exists():
        temporary.rename(path)
        return
    aside = path.with_name(f".{path.name}.{uuid4().hex}.old")
    path.rename(aside)
    temporary.rename(path)
    shutil.rmtree(aside) if aside.is_dir() else aside.unlink()


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


def data_folder() -> Path:
    """`$MOAT_LAB_DATA`, or `data` in the working folder: where data are looked for that name no path."""
    return Path(os.environ.get("MOAT_LAB_DATA") or "data").expanduser()


def folder_named(text: str) -> Path:
    """The folder of this path, or else of this path below the data folder; it may not be there."""
    here = Path(text).expanduser()
    return here if here.is_dir() or not (data_folder() / here).is_dir() else data_folder() / here
