"""Which points of a space are trained to answer a question about its factors."""

from __future__ import annotations

from itertools import product

from moat_lab.errors import UserError, did_you_mean
from moat_lab.grammar.fraction import FRACTIONS, fraction
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
            return fractional(space, baseline, word)
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


def fractional(space: Space, baseline: Digits, word: int = 5) -> list[Digits]:
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
