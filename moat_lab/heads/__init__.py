"""What stands on a backbone's maps in place of the linear classifier. One file is one head."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from pydantic import TypeAdapter, ValidationError

from moat_lab.discovery import members
from moat_lab.errors import UserError, did_you_mean
from moat_lab.ops import Head

HEADS: dict[str, type[Head]] = members(sys.modules[__name__], "HEAD")
"""File name, which is the head's kind -> its options. No torch is loaded before one is built or counted."""
KIND = "kind"


def parsed_head(content: Mapping[str, Any]) -> Head:
    """`{kind: deeplabv3plus, channels: 64}` as a head; options that are left out have their defaults.

    Raises:
        ValueError: there is no such kind or option, or a value is not one of the option's.
    """
    kind, options = str(content.get(KIND, "")), {k: v for k, v in content.items() if k != KIND}
    if kind not in HEADS:
        raise ValueError(
            f"the kind of a head is needed; {did_you_mean(kind, HEADS)}heads: {', '.join(HEADS)}"
        )
    known = [field.name for field in fields(HEADS[kind])]
    for name in options:
        if name not in known:
            near = did_you_mean(str(name), known)
            raise ValueError(f"{kind} has no option '{name}'; {near}it takes: {', '.join(known)}")
    try:
        return TypeAdapter(HEADS[kind]).validate_python(options)
    except ValidationError as error:
        problem = error.errors()[0]
        raise ValueError(f"{kind}, {'.'.join(map(str, problem['loc']))}: {problem['msg']}") from None


def typed_head(text: str) -> Head:
    """`fpn` or `deeplabv3plus,channels=64,output_stride=8` of a command line as a head.

    Raises:
        UserError: as `parsed_head` raises a ValueError.
    """
    kind, *options = text.split(",")
    pairs = [option.partition("=") for option in options]
    values = {name: int(value) if value.isdecimal() else value for name, _, value in pairs}
    try:
        return parsed_head({KIND: kind} | values)
    except ValueError as error:
        raise UserError(f"--head: {error}") from None


def kind_of(head: Head) -> str:
    """The name of its file."""
    return next(kind for kind, options in HEADS.items() if type(head) is options)


def head_content(head: Head) -> dict[str, Any]:
    """Plain values that `parsed_head` takes: the kind, and options that are not at their defaults."""
    chosen = {field.name: getattr(head, field.name) for field in fields(head)}
    defaults = {field.name: field.default for field in fields(head)}
    return {KIND: kind_of(head)} | {name: v for name, v in chosen.items() if v != defaults[name]}


__all__ = ["HEADS", "KIND", "head_content", "kind_of", "parsed_head", "typed_head"]
