"""An Optuna storage by its URL: how it is opened, and what is said where it does not answer."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING
from urllib.parse import unquote

from moat_lab.errors import UserError, first_line

if TYPE_CHECKING:
    import optuna

_PATIENCE = {
    "connect_timeout": 10,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 30_000,
}
"""Of libpq: seconds, and of the last milliseconds, after which a server that says nothing has gone."""
_ATTEMPTS = 5
"""To make the tables of a new database; one fails where another command makes them at that moment."""


def open_storage(url: str) -> optuna.storages.RDBStorage:
    """The storage; PostgreSQL's is reached by psycopg 3, whichever driver SQLAlchemy would take."""
    from optuna.storages import RDBStorage
    from sqlalchemy.exc import IntegrityError, ProgrammingError

    options: dict[str, object] = {"pool_pre_ping": True}  # a server that was started again is no failure
    if url.startswith("postgres"):
        options["connect_args"] = {name: value for name, value in _PATIENCE.items() if f"{name}=" not in url}
    for _ in range(_ATTEMPTS):
        with suppress(IntegrityError, ProgrammingError):
            return RDBStorage(_with_driver(url), engine_kwargs=options)
    return RDBStorage(_with_driver(url), engine_kwargs=options)


def _with_driver(url: str) -> str:
    return re.sub(r"^postgres(ql)?://", "postgresql+psycopg://", url)


@contextmanager
def storage_errors(storage: str) -> Iterator[None]:
    """Raises UserError where a storage does not answer, without the password in its URL."""
    try:
        yield
    except UserError:
        raise
    except Exception as error:  # what a storage's driver raises is its own
        cause = _first_cause(error)
        if isinstance(cause, ModuleNotFoundError) and cause.name == "psycopg":
            raise UserError(
                f"--storage {without_password(storage)}: the library psycopg is needed; it is not installed\n"
                "  pip install 'moat-lab[postgres]'"
            ) from None
        raise UserError(
            f"Optuna's storage {without_password(storage)} cannot be used: {_message(cause, storage)}\n"
            "  mend it, or name another with --storage, and run again: what has a record is not trained again"
        ) from None


def without_password(storage: str) -> str:
    """A storage's URL, to be shown: without what stands before its host, and without its options."""
    scheme, _, place = storage.partition("?")[0].rpartition("://")
    if not place.startswith("/"):  # otherwise a file's path, in which an @ is one
        place = f"***@{place.rpartition('@')[2]}" if "@" in place else place
    return f"{scheme}://{place}" if scheme else place


def _first_cause(error: BaseException) -> BaseException:
    """What went wrong first: what Optuna says of it is a guess at invalid data."""
    while error.__cause__:
        error = error.__cause__
    return error


def _message(error: BaseException, storage: str) -> str:
    message = first_line(error)
    for url in (storage, _with_driver(storage)):
        message = message.replace(url, without_password(storage))
    password = re.search(r"://[^/@:]*:(.+)@", storage)
    for secret in (password[1], unquote(password[1])) if password else ():
        message = message.replace(secret, "***")
    return message
