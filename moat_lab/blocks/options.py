"""What may stand after `=` in a layer, a stage or the stem."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from decimal import Decimal
from functools import cache
from math import inf
from types import MappingProxyType
from typing import Any

from moat_lab.errors import UserError

Value = int | float | str | tuple[int, int]


@dataclass(frozen=True, slots=True)
class OptionKind:
    """A kind of value: how to say it, and which values belong to it.

    `read` gives a value's one canonical form (7x7 is 7x7 and 7), or None where it does not belong.
    """

    expected: str
    read: Callable[[Value], Value | None]


def option(default: Value, kind: OptionKind) -> Any:
    """A dataclass field that the language can set."""
    return field(default=default, metadata={"kind": kind})


@cache
def kinds(owner: type) -> Mapping[str, OptionKind]:
    """Option name -> kind, in the order in which they are printed."""
    return {f.name: f.metadata["kind"] for f in fields(owner) if "kind" in f.metadata}


def changed_options(owner: Any) -> dict[str, Value]:
    """The options that differ from their defaults."""
    return {
        f.name: getattr(owner, f.name)
        for f in fields(owner)
        if "kind" in f.metadata and getattr(owner, f.name) != f.default
    }


def canonicalise(owner: Any) -> None:
    """Puts the options of a frozen dataclass into their kind's one form, however it was made.

    Raises:
        UserError: a value is not of its option's kind.
    """
    of: type = type(owner)
    kind_of = kinds(of)
    for name, value in changed_options(owner).items():
        kind = kind_of[name]
        canonical = kind.read(value)
        if canonical is None:
            raise UserError(f"{name} is {kind.expected}; got {value_text(value)}")
        object.__setattr__(owner, name, canonical)


def value_text(value: Value) -> str:
    """The one spelling of a value: 4, 0.25, 7x8, global."""
    if isinstance(value, tuple):
        return str(value[0]) if value[0] == value[1] else f"{value[0]}x{value[1]}"
    return format(Decimal(str(value)), "f").removesuffix(".0") if isinstance(value, float) else str(value)


def one_of(*values: Value, older: Mapping[Value, Value] = MappingProxyType({})) -> OptionKind:
    """One of these values; `older` are spellings that are still read, each with the value it stands for."""
    spelled, meant = [*values, *older], [*values, *older.values()]
    return OptionKind(
        " or ".join([", ".join(map(value_text, values[:-1])), value_text(values[-1])]).removeprefix(" or "),
        lambda value: meant[spelled.index(value)] if value in spelled else None,
    )


def whole_number(*, minimum: int = 1) -> OptionKind:
    return OptionKind(
        f"a whole number, {minimum} or more",
        lambda value: value if isinstance(value, int) and value >= minimum else None,
    )


def _positive(value: Value) -> Value | None:
    return _shortest(value) if isinstance(value, int | float) and 0 < value < inf else None


def _share(value: Value) -> Value | None:
    return _shortest(value) if isinstance(value, int | float) and 0 <= value <= 1 else None


def _odd(value: Value) -> Value | None:
    return value if isinstance(value, int) and value % 2 == 1 else None


def _shortest(value: int | float) -> int | float:
    return int(value) if value == int(value) else value


def sides(*words: str) -> OptionKind:
    """A window: one of the words, 7, or 7x8 (height x width)."""

    def read(value: Value) -> Value | None:
        if value in words:
            return value
        pair = (value, value) if isinstance(value, int) else value
        return pair if isinstance(pair, tuple) and min(pair) >= 1 else None

    return OptionKind(", ".join([*words, "7 or 7x8"]), read)


POSITIVE = OptionKind("a positive number", _positive)
SHARE = OptionKind("a number from 0 to 1", _share)
ODD = OptionKind("an odd whole number", _odd)
