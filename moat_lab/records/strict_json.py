"""Dataclasses as strict JSON and back, with errors that name the field."""

import math
from typing import Annotated, TypeVar

from pydantic import BeforeValidator, TypeAdapter, ValidationError

T = TypeVar("T")

Real = Annotated[float, BeforeValidator(lambda value: math.nan if value is None else value)]
"""A float that may be NaN or infinite where a run diverged. JSON has neither: both are null, read as NaN."""


def to_text(adapter: TypeAdapter[T], value: T) -> str:
    """JSON, one value a line, keys in the order of their definition, floats exact."""
    return adapter.dump_json(value, indent=2).decode() + "\n"


def from_text(adapter: TypeAdapter[T], text: str) -> T:
    """The value that `to_text` wrote.

    Raises:
        ValueError: not whole, or a field is missing or wrong; the message begins with the field's name.
    """
    try:
        return adapter.validate_json(text, strict=True)
    except ValidationError as error:
        raise ValueError(_first_problem(error)) from error


def _first_problem(error: ValidationError) -> str:
    problem = error.errors(include_url=False)[0]
    field = ".".join(str(part) for part in problem["loc"])
    message = problem["msg"].removeprefix("Value error, ")
    if problem["type"] in ("json_invalid", "value_error", "missing"):
        return f"{field}: {message}" if field else message
    return f"{field or 'the whole file'}: {message}; got {problem['input']!r:.60}"
