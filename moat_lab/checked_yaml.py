"""YAML files whose mistakes are shown where they stand."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from moat_lab.errors import UserError, did_you_mean
from moat_lab.needed import bound, choices, is_model, keys_of, kinds_at, words

M = TypeVar("M", bound=BaseModel)
Location = tuple[int | str, ...]
_QUOTES = "\n  YAML reads yes, no, on and off as true or false; quotes keep the word"


def load(path: Path, model: type[M]) -> M:
    """The file as a checked model.

    Raises:
        UserError: the file cannot be read, is not YAML, a key stands twice, or a key or value is not the
            model's; with line and column, and the nearest valid key.
    """
    try:
        text = path.read_text(encoding="utf-8")
        root = yaml.compose(text, Loader=yaml.SafeLoader)
        content = yaml.safe_load(text)
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"{path}: cannot be read: {error}") from None
    except yaml.YAMLError as error:
        raise UserError(
            f"{path}{_mark(getattr(error, 'problem_mark', None))}: not YAML: {_problem(error)}"
        ) from None
    places = dict(_places(root))
    wrong = [*_twice(root), *_bools(content, model)]
    try:
        if not wrong:
            return model.model_validate(content)
    except ValidationError as error:
        wrong += _problems(error.errors(), model, places)
    raise UserError("\n".join(dict.fromkeys(f"{path}{_at(place, places)}: {text}" for place, text in wrong)))


def _problems(
    errors: Sequence[ErrorDetails], model: type[BaseModel], places: Mapping[Location, Any]
) -> Iterator[tuple[Location, str]]:
    """Where each stands, and what is needed there; where several types were tried, the closest look."""
    located = [(_place(error, places), error) for error in errors]
    for place, error in located:
        kinds = kinds_at(model, place)
        if error["type"] == "extra_forbidden":
            keys = keys_of(kinds_at(model, place[:-1]))
            near = did_you_mean(str(place[-1]), keys)
            yield place, f"there is no key '{_named(place)}'\n  {near}keys: {', '.join(keys)}"
        elif error["type"] == "missing":
            yield place, f"the key '{_named(place)}' is needed"
        elif error["type"] == "value_error":
            message = error["msg"].removeprefix("Value error, ")
            yield place, f"{_named(place)}: {message[0].lower()}{message[1:]}; got {_shown(error['input'])}"
        elif error["loc"][-1:] == ("[key]",):
            yield place, f"{_named(place)}: a key in quotes is needed; got {_shown(error['input'])}"
        elif not any(len(other) > len(place) and other[: len(place)] == place for other, _ in located):
            needed = bound(error["type"], error.get("ctx", {})) or words(kinds)
            near = _near(error["input"], kinds)
            yield place, f"{_named(place)}: {needed} is needed; got {_shown(error['input'])}{near}"


def _place(error: ErrorDetails, places: Mapping[Location, Any]) -> Location:
    """Where in the file: without the types that pydantic tried, with the key that is missing."""
    place: Location = ()
    for step in error["loc"]:
        if (*place, step) in places:
            place = (*place, step)
    return (*place, error["loc"][-1]) if error["type"] == "missing" else place


def _named(place: Location) -> str:
    return ".".join(map(str, place)) or "the file"


def _shown(value: Any) -> str:
    """As it stands in YAML."""
    words = {None: "nothing", True: "true", False: "false"}
    return words[value] if value is None or isinstance(value, bool) else f"{value!r:.80}"


def _near(value: Any, kinds: Sequence[Any]) -> str:
    """Help where a word is nearly one of those needed, or a key of a mapping that is."""
    near = did_you_mean(str(value), [word for kind in kinds for word in choices(kind)])
    mapping = [kind for kind in kinds if is_model(kind) and str(value) in kind.model_fields]
    if mapping:
        near = f"it takes a value: {words(mapping)}"
    return f"\n  {near.rstrip()}" if near else ""


def _bools(content: Any, model: type[BaseModel], location: Location = ()) -> Iterator[tuple[Location, str]]:
    """Where true or false stands in place of text or a number, which pydantic would take for 1 or 0."""
    if isinstance(content, bool):
        kinds = kinds_at(model, location)
        if kinds and not {bool, Any} & set(kinds):
            yield location, f"{_named(location)}: {words(kinds)} is needed; got {_shown(content)}{_QUOTES}"
    inside = enumerate(content) if isinstance(content, list) else ()
    for step, value in content.items() if isinstance(content, dict) else inside:
        yield from _bools(value, model, (*location, step))


def _twice(node: Any, location: Location = ()) -> Iterator[tuple[Location, str]]:
    """Keys that stand twice in a mapping, of which YAML would keep the last."""
    if isinstance(node, yaml.MappingNode):
        first: dict[str, Any] = {}
        for key, value in node.value:
            here = (*location, key.value)
            if key.value in first:
                line = first[key.value].start_mark.line + 1
                yield here, f"the key '{_named(here)}' stands in line {line} already"
            first.setdefault(key.value, key)
            yield from _twice(value, here)
    elif isinstance(node, yaml.SequenceNode):
        for i, value in enumerate(node.value):
            yield from _twice(value, (*location, i))


def _places(node: Any, location: Location = ()) -> Iterator[tuple[Location, Any]]:
    """Where each key stands: location in the content -> its mark in the text."""
    if node is None:
        return
    yield location, node.start_mark
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            yield from _places(value, (*location, key.value))
            yield (*location, key.value), key.start_mark
    elif isinstance(node, yaml.SequenceNode):
        for i, value in enumerate(node.value):
            yield from _places(value, (*location, i))


def _at(place: Location, places: Mapping[Location, Any]) -> str:
    """Where it stands in the text; of what is missing, where it should be inside of."""
    return _mark(places.get(place) or places.get(place[:-1]))


def _mark(mark: Any) -> str:
    return f", line {mark.line + 1}, column {mark.column + 1}" if mark is not None else ""


def _problem(error: yaml.YAMLError) -> str:
    return getattr(error, "problem", None) or str(error)
