"""One command at a time works on a results folder; its lock says who."""

from __future__ import annotations

import os
import shlex
import socket
import sys
import textwrap
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from filelock import FileLock, Timeout
from pydantic import TypeAdapter

from moat_lab.errors import UserError
from moat_lab.files import write_atomically
from moat_lab.records.strict_json import from_text, to_text


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """The process that has a lock, for people to find it."""

    pid: int
    host: str
    since: str
    command: str

    def __str__(self) -> str:
        return f"process {self.pid} on {self.host} has had it since {self.since} (`{self.command}`)"


@contextmanager
def locked(file: Path, holder_file: Path) -> Iterator[None]:
    """Keeps other commands out of the folder of `file` by a lock on it; `holder_file` says who has it.

    The system gives the lock back when its process ends, however it does: nothing that is left over counts.

    Raises:
        UserError: another process has it, or the folder's file system has no locks.
    """
    folder = file.parent
    folder.mkdir(parents=True, exist_ok=True)
    lock = FileLock(file, is_singleton=True)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise UserError(_refusal(folder, holder_file)) from None
    except OSError as error:
        raise UserError(
            f"{folder} cannot be locked: {error.strerror}\n  name a folder that can, with --results"
        ) from error
    try:
        if lock.lock_counter == 1:
            write_atomically(holder_file, to_text(_JSON, _this_process()))
        yield
    finally:
        if lock.lock_counter == 1:
            holder_file.unlink(missing_ok=True)
        lock.release()


def has_holder(holder_file: Path) -> bool:
    """Whether a process has the lock, as far as can be seen from here without trying to take it."""
    try:
        holder = from_text(_JSON, holder_file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    if holder.host != socket.gethostname() or os.name == "nt":  # where a signal of 0 is Ctrl-C
        return True
    try:
        os.kill(holder.pid, 0)
    except OSError as error:
        return not isinstance(error, ProcessLookupError)
    return True


def _refusal(folder: Path, holder_file: Path) -> str:
    holder = _holder(holder_file) or "another process has it"
    return (
        f"one command at a time works in {folder}; {holder}\n"
        "  run this again when that has ended, or name another folder with --results"
    )


def _holder(file: Path) -> str:
    """Who has the lock; empty where that is still not written after a second."""
    for _ in range(20):
        try:
            return str(from_text(_JSON, file.read_text(encoding="utf-8")))
        except (OSError, ValueError):  # the process that has the lock writes it next
            time.sleep(0.05)
    return ""


def _this_process() -> Holder:
    return Holder(
        pid=os.getpid(),
        host=socket.gethostname(),
        since=datetime.now().astimezone().isoformat(sep=" ", timespec="seconds"),
        command=textwrap.shorten(shlex.join(sys.orig_argv), 100),
    )


_JSON = TypeAdapter(Holder)
