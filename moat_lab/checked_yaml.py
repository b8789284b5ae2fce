"""YAML files whose mistakes are shown where they stand."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from moat_lab.bounded_yaml import Location, at, read_document
from moat_lab.errors import UserError, did_you_mean
from moat_lab.field_types import choices, is_model, keys_of, kinds_at, words

M = TypeVar("M", bound=BaseModel)
_QUOTES = "\n  YAML reads yes, no, on and off as true or false; quotes keep the word"
_MAX_ERRORS = 10
_MAX_NAME = 80


def load(path: Path, model: type[M], context: Mapping[str, Any] | None = None) -> M:
    """The file as a checked model.

    Args:
        context: for the model's validators.

    Raises:
        UserError: the file cannot be read, is not YAML, a key stands twice, or a key or value is not the
            model's; with line and column, and the nearest valid key.
    """
    document = read_document(path)
    content, places = document.content, document.places
    wrong = [*_twice(document.twice), *_bools(content, model)]
    try:
        if not wrong:
            return model.model_validate(content, context=context)
    except ValidationError as error:
        wrong += _problems(error.errors(), model, places)
    messages = list(dict.fromkeys(f"{path}{_at(place, places)}: {text}" for place, text in wrong))
    more = [f"{path}: and more of them"] if len(messages) > _MAX_ERRORS else []
    raise UserError("\n".join(messages[:_MAX_ERRORS] + more))


@contextmanager
def located_errors(path: Path) -> Iterator[None]:
    """A mistake inside is shown with the file's name, and the place of the key that it begins with."""
    try:
        yield
    except UserError as error:
        key = str(error).partition(":")[0]
        raise UserError(f"{path}{at(read_document(path).places.get((key,)))}: {error}") from None


def _problems(
    errors: Sequence[ErrorDetails], model: type[BaseModel], places: Mapping[Location, Any]
) -> Iterator[tuple[Location, str]]:
    """Where each of the first few stands, and what is needed there.

    Where several types were tried, that of the closest look.
    """
    located = [(_place(error, places), error) for error in errors[: 5 * _MAX_ERRORS]]
    for place, error in located:
        kinds = kinds_at(model, place)
        if error["type"] == "extra_forbidden":
            keys = keys_of(kinds_at(model, place[:-1]))
            near = did_you_mean(str(place[-1])[:_MAX_NAME], keys)
            yield place, f"there is no key '{_key_text(place)}'\n  {near}keys: {', '.join(keys)}"
        elif error["type"] == "missing":
            yield place, f"the key '{_key_text(place)}' is needed"
        elif error["type"] == "value_error":
            message = error["msg"].removeprefix("Value error, ")
            yield (
                place,
                f"{_key_text(place)}: {message[0].lower()}{message[1:]}; got {_yaml_text(error['input'])}",
            )
        elif error["loc"][-1:] == ("[key]",):
            yield place, f"{_key_text(place)}: a key in quotes is needed; got {_yaml_text(error['input'])}"
        elif not any(len(other) > len(place) and other[: len(place)] == place for other, _ in located):
            near = _near(error["input"], kinds)
            yield (
                place,
                f"{_key_text(place)}: {words(kinds)} is needed; got {_yaml_text(error['input'])}{near}",
            )


def _place(error: ErrorDetails, places: Mapping[Location, Any]) -> Location:
    """Where in the file: without the types that pydantic tried, with the key that is missing."""
    place: Location = ()
    for step in error["loc"]:
        if (*place, step) in places:
            place = (*place, step)
    return (*place, error["loc"][-1]) if error["type"] == "missing" else place


def _key_text(place: Location) -> str:
    return ".".join(str(step)[:_MAX_NAME] for step in place) or "the file"


def _yaml_text(value: Any) -> str:
    """As it stands in YAML."""
    words = {None: "nothing", True: "true", False: "false"}
    return words[value] if value is None or isinstance(value, bool) else f"{value!r:.80}"


def _near(value: Any, kinds: Sequence[Any]) -> str:
    """Help where a word is nearly one of those needed, or a key of a mapping that is."""
    near = did_you_mean(str(value)[:_MAX_NAME], [word for kind in kinds for word in choices(kind)])
    mapping = [kind for kind in kinds if is_model(kind) and str(value) in kind.model_fields]
    if mapping:
        near = f"it takes a value: {words(mapping)}"
    return f"\n  {near.rstrip()}" if near else ""


def _bools(content: Any, model: type[BaseModel], location: Location = ()) -> Iterator[tuple[Location, str]]:
    """Where true or false stands in place of text or a number, which pydantic would take for 1 or 0."""
    if isinstance(content, bool):
        kinds = kinds_at(model, location)
        if kinds and not {bool, Any} & set(kinds):
            yield (
                location,
                f"{_key_text(location)}: {words(kinds)} is needed; got {_yaml_text(content)}{_QUOTES}",
            )
    inside = enumerate(content) if isinstance(content, list) else ()
    for step, value in content.items() if isinstance(content, dict) else inside:
        yield from _bools(value, model, (*location, step))


def _twice(twice: Mapping[Location, int]) -> Iterator[tuple[Location, str]]:
    for place, line in twice.items():
        yield place, f"the key '{_key_text(place)}' stands in line {line} already"


def _at(place: Location, places: Mapping[Location, Any]) -> str:
    """Where it stands in the text; of what is missing, where it should be inside of."""
    return at(places.get(place) or places.get(place[:-1]))
