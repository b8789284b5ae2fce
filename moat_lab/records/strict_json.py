"""Dataclasses as strict JSON and back, with errors that name the field."""

import math
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Annotated, Any, TypeVar

from annotated_types import Gt, Le
from pydantic import AfterValidator, BeforeValidator, TypeAdapter, ValidationError
from pydantic_core import from_json, to_json

from moat_lab.files import read_regular
from moat_lab.metrics import COUNTS

T = TypeVar("T")
MOST_BYTES = 1 << 26
"""Of any file of ours: a plan of 10,000 networks has some 5 MB."""
_MOST = 2**63


def _costs(costs: Mapping[str, Any]) -> Mapping[str, Any]:
    for name, cost in costs.items():
        kinds, kind = (int, "a whole number") if name in COUNTS else ((int, float), "a number")
        if not isinstance(cost, kinds) or isinstance(cost, bool) or not 0 < cost <= 10**18:
            raise ValueError(f"{name} should be {kind} above 0, at most 10^18; got {cost!r:.60}")
    return costs


Costs = Annotated[Mapping[str, Any], AfterValidator(_costs)]
"""Metric -> what one image takes of it."""
PositiveShare = Annotated[float, Gt(0), Le(1)]

Real = Annotated[float, BeforeValidator(lambda value: math.nan if value is None else value)]
"""A float that may be NaN or infinite where a run diverged. JSON has neither: both are null, read as NaN."""


def to_text(adapter: TypeAdapter[T], value: T) -> str:
    """JSON, one value a line, keys in the order of their definition, floats exact."""
    return adapter.dump_json(value, indent=2).decode() + "\n"


def from_file(adapter: TypeAdapter[T], path: Path) -> T:
    """The value of a file that holds what `to_text` wrote: the one way in which files of ours are read.

    Raises:
        OSError: there is no file, or it cannot be read, is none or is too large.
        ValueError: as `from_text`.
    """
    return from_text(adapter, read_regular(path, most=MOST_BYTES))


def from_text(adapter: TypeAdapter[T], text: str | bytes) -> T:
    """The value that `to_text` wrote.

    Raises:
        ValueError: not whole, a field is missing or wrong, or a number is none that we write; the message
            begins with the field's name.
    """
    try:
        content = from_json(text)
    except ValueError as error:
        raise ValueError(f"Invalid JSON: {error}") from error
    current = _current(content)
    if current is not content:
        content, text = current, to_json(current)
    _check_keys(content, adapter)
    try:
        value = adapter.validate_json(text, strict=True)
    except ValidationError as error:
        raise ValueError(_first_problem(error)) from error
    if not _is_storable(content):
        field, number = next(_extremes(content, ""))
        raise ValueError(f"{field}: should be a finite number, below 2^63 if whole; got {number!r:.40}")
    return value


def _current(content: Any) -> Any:
    """An evaluation or a plan as it is written now; anything else as it is."""
    if not isinstance(content, dict) or not isinstance(content.get("variants"), list):
        return _with_mappings(content)
    variants = [_with_mappings(variant) for variant in content["variants"]]
    same = all(new is old for new, old in zip(variants, content["variants"], strict=True))
    if same and "until" not in content:
        return content
    renamed = {"target_half_width" if name == "until" else name: value for name, value in content.items()}
    return {**renamed, "variants": variants}


def _with_mappings(record: Any) -> Any:
    """Costs and scores as mappings, which older records have as fields of their own."""
    if not isinstance(record, dict) or not {"network", *COUNTS} <= record.keys():
        return record
    renamed = {name: value for name, value in record.items() if name not in (*COUNTS, "top1")}
    renamed["costs"] = {name: record[name] for name in COUNTS}
    if "top1" in record:
        renamed["scores"] = {} if record["top1"] is None else {"top1": record["top1"]}
    return renamed


def _check_keys(content: Any, adapter: TypeAdapter[T]) -> None:
    """Before pydantic would, whose errors hold the whole content once for each key that is missing."""
    for key in _keys(adapter) if isinstance(content, dict) else ():
        if key not in content:
            raise ValueError(f"{key}: Field required")


@cache
def _keys(adapter: TypeAdapter[T]) -> tuple[str, ...]:
    return tuple(adapter.json_schema().get("required", ()))


def _is_storable(content: Any) -> bool:
    """Whether all numbers are such as we write: pydantic takes NaN, 1e999 and whole ones of 400 digits."""
    waiting = [content]
    while waiting:
        value = waiting.pop()
        if isinstance(value, str):
            continue
        if isinstance(value, dict):
            waiting.extend(value.values())
        elif isinstance(value, list):
            waiting.extend(value)
        elif isinstance(value, float):
            if not math.isfinite(value):
                return False
        elif isinstance(value, int) and not -_MOST <= value < _MOST:
            return False
    return True


def _extremes(content: Any, field: str) -> Iterator[tuple[str, Any]]:
    """What `_is_storable` does not take, with its place."""
    if isinstance(content, dict | list):
        for step, inside in content.items() if isinstance(content, dict) else enumerate(content):
            yield from _extremes(inside, f"{field}.{step}" if field else str(step))
    elif not _is_storable(content):
        yield field, content


def _first_problem(error: ValidationError) -> str:
    problem = error.errors(include_url=False)[0]
    field = ".".join(str(part) for part in problem["loc"])
    message = problem["msg"].removeprefix("Value error, ")
    if problem["type"] in ("value_error", "missing"):
        return f"{field}: {message}" if field else message
    return f"{field or 'the whole file'}: {message}; got {problem['input']!r:.60}"
