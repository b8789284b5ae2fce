"""What a user did that cannot work, said in one sentence and one line of help."""

from collections.abc import Iterable
from difflib import get_close_matches


class UserError(Exception):
    """A mistake in what the user wrote. Command lines print it without a traceback and exit with 2."""


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """`did you mean 'x'? ` where something known is close to `name`, otherwise empty."""
    near = get_close_matches(name, list(known), n=1, cutoff=0.6)
    return f"did you mean '{near[0]}'? " if near else ""
