"""The URL of an Optuna storage, and what is said where it does not answer."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import unquote

from moat_lab.errors import UserError


@contextmanager
def storage_errors(storage: str) -> Iterator[None]:
    """Raises UserError where a storage does not answer, without the password in its URL."""
    try:
        yield
    except Exception as error:  # what a storage's driver raises is its own
        raise UserError(
            f"Optuna's storage {without_password(storage)} cannot be used: {_message(error, storage)}\n"
            "  mend it, or name another with --storage, and run again: what has a record is not trained again"
        ) from None


def without_password(storage: str) -> str:
    """A storage's URL, to be shown: without what stands before its host, and without its options."""
    scheme, _, place = storage.partition("?")[0].rpartition("://")
    if not place.startswith("/"):  # otherwise a file's path, in which an @ is one
        place = f"***@{place.rpartition('@')[2]}" if "@" in place else place
    return f"{scheme}://{place}" if scheme else place


def _message(error: BaseException, storage: str) -> str:
    """The first line of what went wrong first: what Optuna says of it is a guess at invalid data."""
    while error.__cause__:
        error = error.__cause__
    message = (str(error).strip() or type(error).__name__).splitlines()[0]
    message = message.replace(storage, without_password(storage))
    password = re.search(r"://[^/@:]*:(.+)@", storage)
    for secret in (password[1], unquote(password[1])) if password else ():
        message = message.replace(secret, "***")
    return message
