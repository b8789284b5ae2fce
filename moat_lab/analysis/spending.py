"""How much of the 5 % each look at the data may spend, so that seeds added after one keep the error."""

from collections.abc import Sequence

ERROR = 0.05
"""Chance of any wrong `better` or `worse` in a study without effects, over all looks together."""
FIRST = 0.8
"""Share of the error that the first look spends where no looks were planned."""


def level_of_look(earlier: int, planned: Sequence[int] = ()) -> float:
    """The error that a look may spend after so many `earlier` ones.

    Planned looks spend alike, and after the last of them nothing is left. Where none were planned, the first
    look spends four fifths; each later one half of what is left, so that there may be any number of them.
    The sum is never more than 5 %, and by Bonferroni's bound neither is the familywise error, whatever
    decides about the next look, however few the seeds, and for any test.

    Source: Lan and DeMets 1983, error spending; Pocock 1977, equal looks.
    """
    if planned:
        return ERROR / len(planned) if earlier < len(planned) else 0.0
    return ERROR * (FIRST if earlier == 0 else (1 - FIRST) / 2**earlier)
