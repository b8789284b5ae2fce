"""What an effect allows to say, in words."""

import math
from typing import Literal

from moat_lab.analysis.intervals import Interval

Verdict = Literal["better", "worse", "equivalent", "not distinguishable", "too few seeds"]


def verdict(
    effect: Interval, *, p: float | None = None, equivalence_p: float | None = None, confidence: float = 0.95
) -> Verdict:
    """What may be said of one effect.

    `equivalent` comes first: who states a margin has said that nothing within it matters, so a small
    effect that is surely there is equivalent all the same. An effect that is neither shown nor shown to be
    small is `not distinguishable`: too few seeds to say more, not a finding that nothing is there.

    Args:
        effect: level minus baseline, higher is better; without a width the seeds are too few.
        p: of no effect, adjusted where several levels are compared (`holm`); left out, an effect is there
            where its own interval excludes zero, which is the same as an unadjusted p.
        equivalence_p: of an effect beyond the margin (`equivalence_p`).

    Source: Schuirmann 1987, two one-sided tests.
    """
    if math.isnan(effect.low):
        return "too few seeds"
    alpha = 1 - confidence
    if equivalence_p is not None and equivalence_p < alpha:
        return "equivalent"
    significant = p < alpha if p is not None else effect.low > 0 or effect.high < 0
    if not significant:
        return "not distinguishable"
    return "better" if effect.mean > 0 else "worse"
