"""What a user did that cannot work, said in one sentence and one line of help."""

from collections.abc import Iterable
from difflib import get_close_matches


class UserError(Exception):
    """A mistake in what the user wrote. Command lines print it without a traceback and exit with 2."""

    def __init__(self, message: str) -> None:
        super().__init__(readable(message))

    def _render_traceback_(self) -> list[str]:
        """What IPython and notebooks show: the message alone, without the way through the code."""
        return [str(self)]


def readable(text: str) -> str:
    """The text with bytes that are no UTF-8, as Python has them from names of files, written as `\\xe9`."""
    try:
        data = text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:  # surrogates that stand for no byte
        data = text.encode("utf-8", "backslashreplace")
    return data.decode("utf-8", "backslashreplace")


def first_line(error: BaseException) -> str:
    """What an exception of a library says, without the rest; its type where it says nothing."""
    return (str(error).strip() or type(error).__name__).splitlines()[0]


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """`did you mean 'x'? ` where something known is close to `name`, otherwise empty."""
    near = get_close_matches(name, list(known), n=1, cutoff=0.6)
    return f"did you mean '{near[0]}'? " if near else ""
