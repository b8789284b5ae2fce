"""What a pydantic model's fields take, in words for messages about a user's file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from annotated_types import Ge, Gt, Le, Lt, MinLen
from pydantic import BaseModel
from pydantic.fields import FieldInfo

_WORDS = {str: "text", int: "a whole number", float: "a number", bool: "true or false"}


def kinds_at(model: type[BaseModel], location: Sequence[int | str]) -> tuple[Any, ...]:
    """The types that the content at a location may have, unions taken apart; none where nothing may be.

    Numbers have their range with them, as `Annotated[int, Ge(1), Le(5)]`.
    """
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


def bare(kind: Any) -> Any:
    """A type without its range."""
    return get_args(kind)[0] if get_origin(kind) is Annotated else kind


def choices(kind: Any) -> tuple[str, ...]:
    """The words that may stand there, of a type that has only some."""
    return tuple(map(str, get_args(kind))) if get_origin(kind) is Literal else ()


def is_model(kind: Any) -> bool:
    """Whether a type is a mapping with keys of its own."""
    return isinstance(kind, type) and issubclass(kind, BaseModel)


def _inside(kind: Any, step: int | str) -> Iterator[Any]:
    kind = bare(kind)
    if kind is Any:
        yield Any
    elif is_model(kind) and str(step) in kind.model_fields:
        yield from _taken(kind.model_fields[str(step)])
    elif get_origin(kind) in (dict, list):
        yield from _members(get_args(kind)[-1])


def _taken(field: FieldInfo) -> Iterator[Any]:
    yield from _members(Annotated[field.annotation, *field.metadata] if field.metadata else field.annotation)


def _members(kind: Any) -> Iterator[Any]:
    if get_origin(kind) is Annotated:
        of, *metadata = get_args(kind)
        yield from (Annotated[member, *metadata] for member in _members(of))
    elif get_origin(kind) in (Union, UnionType):
        for member in get_args(kind):
            yield from _members(member)
    else:
        yield kind


def _words(kind: Any) -> Iterator[str]:
    if get_origin(kind) is Annotated:
        yield from (word + _range(get_args(kind)[1:]) for word in _words(bare(kind)))
    elif get_origin(kind) is Literal:
        yield from (repr(value) for value in get_args(kind))
    elif is_model(kind):
        fields = {name: field for name, field in kind.model_fields.items() if field.is_required()}
        inside = (f"{name}: {words([*_taken(field)])}" for name, field in fields.items())
        yield f"{{{', '.join(inside) or 'key: value'}}}"
    elif get_origin(kind) is list:
        yield "a list"
    elif get_origin(kind) is dict:
        yield "{key: value}"
    elif kind is not type(None):
        yield _WORDS.get(kind, "another value")


def _range(metadata: Iterable[Any]) -> str:
    """ " from 1 to 1,000", " above 0, up to 1", " above 0 and below 1", " of 1 or more"."""
    bounds = {type(one): one for one in metadata}
    if MinLen in bounds:
        return f" of {bounds[MinLen].min_length} or more"
    low, above = bounds.get(Ge), bounds.get(Gt)
    high, below = bounds.get(Le), bounds.get(Lt)
    start = f" from {low.ge:,}" if low else f" above {above.gt:,}" if above else ""
    if high:
        return f"{start}{' to' if low else ', up to'} {high.le:,}"
    return f"{start} and below {below.lt:,}" if below else start
