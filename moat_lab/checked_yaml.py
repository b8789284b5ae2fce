"""YAML files whose mistakes are shown where they stand."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from moat_lab.errors import UserError, did_you_mean

M = TypeVar("M", bound=BaseModel)
Location = tuple[int | str, ...]


def load(path: Path, model: type[M]) -> M:
    """The file as a checked model.

    Raises:
        UserError: the file cannot be read, is not YAML, or a key or value is not the model's; with
            line and column, and the nearest valid key.
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
    try:
        return model.model_validate(content)
    except ValidationError as error:
        places = dict(_places(root))
        raise UserError("\n".join(_messages(error, model, path, places))) from None


def _messages(
    error: ValidationError, model: type[BaseModel], path: Path, places: Mapping[Location, Any]
) -> Iterator[str]:
    for problem in error.errors():
        location = problem["loc"]
        known = next((location[:i] for i in range(len(location), -1, -1) if location[:i] in places), ())
        where = f"{path}{_mark(places.get(known))}"
        name = ".".join(map(str, location)) or "the file"
        if problem["type"] == "extra_forbidden":
            keys = list(_model_at(model, location[:-1]).model_fields)
            near = did_you_mean(str(location[-1]), keys)
            yield f"{where}: there is no key '{name}'\n  {near}keys: {', '.join(keys)}"
        elif problem["type"] == "missing":
            yield f"{where}: the key '{name}' is needed"
        else:
            message = problem["msg"].removeprefix("Value error, ")
            yield f"{where}: {name}: {message[0].lower()}{message[1:]}; got {problem['input']!r:.80}"


def _model_at(model: type[BaseModel], location: Sequence[int | str]) -> type[BaseModel]:
    """The model that describes the mapping at a location."""
    for step in location:
        field = model.model_fields.get(str(step))
        inner = field.annotation if field else None
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            model = inner
    return model


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


def _mark(mark: Any) -> str:
    return f", line {mark.line + 1}, column {mark.column + 1}" if mark is not None else ""


def _problem(error: yaml.YAMLError) -> str:
    return getattr(error, "problem", None) or str(error)
