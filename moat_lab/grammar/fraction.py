"""Two-level fractional factorial designs: many factors in few points."""

from __future__ import annotations

from collections.abc import Sequence

FRACTIONS = (3, 4, 5)
"""The least number of effects whose product is constant: Box and Hunter's resolution III, IV, V."""


def fraction(factors: int, word: int) -> list[tuple[int, ...]]:
    """The points of a regular two-level fraction, 0 or 1 for each factor, all 0 first; 2^p of them.

    No product of fewer than `word` factors is constant: with 3, main effects are clear of each other; with
    4, also of interactions of two factors; with 5, these are clear of each other too. Of fractions with as
    few points, the one with the longest such products that the search finds. All points where none will do.

    Source: Box and Hunter 1961; the generators are those of a lexicographic code, Conway and Sloane 1986.
    """
    bits = next(
        p for p in range(1, factors + 1) if p == factors or len(_columns(factors, p, word)) == factors
    )
    while bits < factors and len(_columns(factors, bits, word + 1)) == factors:
        word += 1
    columns = _columns(factors, bits, word)
    return [tuple((run & column).bit_count() % 2 for column in columns) for run in range(2**bits)]


def _columns(factors: int, bits: int, word: int) -> Sequence[int]:
    """Up to `factors` columns, each the set of the first `bits` factors whose product it is, as a bit mask.

    A column that is a sum of `word` - 2 others or fewer would make too short a product with them.
    """
    chosen: list[int] = []
    fewest = {0: 0}
    """Sum -> the fewest columns that it is a sum of."""
    units = [1 << bit for bit in range(bits)]
    for column in [*units, *(c for c in range(1, 1 << bits) if c not in units)]:
        if len(chosen) == factors:
            break
        if fewest.get(column, word) > word - 2:
            chosen.append(column)
            for total, count in list(fewest.items()):
                if count < word - 2:
                    fewest[total ^ column] = min(count + 1, fewest.get(total ^ column, word))
    return chosen
