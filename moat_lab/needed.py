"""What a pydantic model's fields take, in words for messages about a user's file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel

_WORDS = {str: "text", int: "a whole number", float: "a number", bool: "true or false"}
_BOUNDS = {
    "greater_than_equal": "{ge} or more",
    "greater_than": "more than {gt}",
    "less_than_equal": "{le} or less",
    "less_than": "less than {lt}",
    "too_short": "at least {min_length} in the list",
}


def kinds_at(model: type[BaseModel], location: Sequence[int | str]) -> tuple[Any, ...]:
    """The types that the content at a location may have, unions taken apart; none where nothing may be."""
    kinds: tuple[Any, ...] = (model,)
    for step in location:
        kinds = tuple(inner for kind in kinds for inner in _inside(kind, step))
    return kinds


def keys_of(kinds: Iterable[Any]) -> tuple[str, ...]:
    """The keys that a mapping of one of these types may have."""
    return tuple(key for kind in kinds if is_model(kind) for key in kind.model_fields)


def words(kinds: Sequence[Any]) -> str:
    """ "'full', 'one_out' or {fractional: 3, 4 or 5}"."""
    each = list(dict.fromkeys(word for kind in kinds for word in _words(kind)))
    return " or ".join([", ".join(each[:-1]), each[-1]] if len(each) > 1 else each)


def bound(problem: str, context: Mapping[str, Any]) -> str:
    """ "1 or more" for pydantic's name of a broken bound; empty for other problems."""
    return _BOUNDS.get(problem, "").format(**context)


def choices(kind: Any) -> tuple[str, ...]:
    """The words that may stand there, of a type that has only some."""
    return tuple(map(str, get_args(kind))) if get_origin(kind) is Literal else ()


def is_model(kind: Any) -> bool:
    """Whether a type is a mapping with keys of its own."""
    return isinstance(kind, type) and issubclass(kind, BaseModel)


def _inside(kind: Any, step: int | str) -> Iterator[Any]:
    if kind is Any:
        yield Any
    elif is_model(kind) and str(step) in kind.model_fields:
        yield from _members(kind.model_fields[str(step)].annotation)
    elif get_origin(kind) in (dict, list):
        yield from _members(get_args(kind)[-1])


def _members(kind: Any) -> Iterator[Any]:
    if get_origin(kind) is Annotated:
        yield from _members(get_args(kind)[0])
    elif get_origin(kind) in (Union, UnionType):
        for member in get_args(kind):
            yield from _members(member)
    else:
        yield kind


def _words(kind: Any) -> Iterator[str]:
    if get_origin(kind) is Literal:
        yield from (repr(value) for value in get_args(kind))
    elif is_model(kind):
        fields = {name: field for name, field in kind.model_fields.items() if field.is_required()}
        inside = (f"{name}: {words([*_members(field.annotation)])}" for name, field in fields.items())
        yield f"{{{', '.join(inside) or 'key: value'}}}"
    elif get_origin(kind) is list:
        yield "a list"
    elif get_origin(kind) is dict:
        yield "{key: value}"
    elif kind is not type(None):
        yield _WORDS.get(kind, "another value")
