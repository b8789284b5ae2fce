"""Which points of a space are trained to answer a question about its factors."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

from moat_lab.errors import UserError, did_you_mean
from moat_lab.grammar.space import Space

Digits = tuple[int, ...]
DESIGNS = ("full", "one_out", "one_in", "fractional")


def design(space: Space, baseline: Digits, name: str, *, word: int = 5) -> list[Digits]:
    """The points of a design, as digits, each once, the baseline among them.

    Two points may be one network: compare their texts.

    Args:
        baseline: the digits of the point that others are compared with (`space.find`).
        name: `full`, `one_out`, `one_in` or `fractional`.
        word: of a fraction, see `fraction`: 3, 4 or 5.

    Raises:
        UserError: no such design or fraction, or the space's factors do not suit it.
    """
    match name:
        case "full":
            return full(space)
        case "one_out":
            return one_out(space, baseline)
        case "one_in":
            return one_in(space, baseline)
        case "fractional":
            return fractional_points(space, baseline, word)
    hint = f"{did_you_mean(name, DESIGNS)}designs: {', '.join(DESIGNS)}"
    raise UserError(f"a design is needed; got '{name}'\n  {hint}")


def full(space: Space) -> list[Digits]:
    """Every point, in the space's order: all effects and interactions."""
    return list(product(*(range(len(factor.levels)) for factor in space.factors)))


def one_out(space: Space, baseline: Digits) -> list[Digits]:
    """The baseline, then every point that differs from it in one factor: what each change does to it."""
    changed = (
        _with(baseline, i, digit)
        for i, factor in enumerate(space.factors)
        for digit in range(len(factor.levels))
        if digit != baseline[i]
    )
    return [baseline, *changed]


def one_in(space: Space, baseline: Digits) -> list[Digits]:
    """The baseline, the point that has nothing of it, and that point with one factor of the baseline each.

    What each of the baseline's choices does alone, where `one_out` says what is lost without it.

    Raises:
        UserError: a factor has not two levels, so that there is no one opposite.
    """
    far = _opposite(space, baseline, "one_in")
    back = (_with(far, i, digit) for i, digit in enumerate(baseline))
    return list(dict.fromkeys([baseline, far, *back]))


def fractional_points(space: Space, baseline: Digits, word: int = 5) -> list[Digits]:
    """A two-level fraction that holds the baseline, which comes first.

    Args:
        word: see `fraction`: 3, 4 or 5.

    Raises:
        UserError: a factor has not two levels, or no such fraction.
    """
    if word not in FRACTIONS:
        raise UserError(f"a fraction is 3, 4 or 5; got {word}\n  5 keeps interactions of two factors apart")
    levels = tuple(zip(baseline, _opposite(space, baseline, "fractional"), strict=True))
    runs = fraction(len(levels), word) if levels else [()]
    return [tuple(pair[side] for pair, side in zip(levels, run, strict=True)) for run in runs]


def _opposite(space: Space, baseline: Digits, name: str) -> Digits:
    for factor in space.factors:
        if len(factor.levels) != 2:
            raise UserError(
                f"design {name} needs two levels of every factor; got {len(factor.levels)} of "
                f"'{factor.name}': {', '.join(factor.texts)}\n"
                "  leave two of them, or take one_out or full"
            )
    return tuple(1 - digit for digit in baseline)


def _with(digits: Digits, index: int, digit: int) -> Digits:
    return (*digits[:index], digit, *digits[index + 1 :])


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
