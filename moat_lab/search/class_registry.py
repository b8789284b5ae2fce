"""Classes of Optuna and ours by their names in a study's file, with the options that take a plain value."""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from moat_lab.errors import UserError, did_you_mean

_MOST = 1_000_000
_SEEDS = 2**32


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassRegistry:
    """One kind of class, such as all samplers.

    Args:
        kind: for messages.
        paths: name -> `module:class`, imported when it is needed.
        seeded: names of the classes that take a `seed`.
    """

    kind: str
    paths: Mapping[str, str]
    seeded: frozenset[str] = frozenset()

    def check(self, spec: Mapping[str, Any]) -> None:
        """Raises UserError where the name or an option is not known, or a value is not a plain one."""
        name = spec.get("name", "")
        if not isinstance(name, str) or name not in self.paths:
            raise UserError(
                f"{self.kind}: there is none named '{name!s:.40}'\n  "
                f"{did_you_mean(f'{name!s:.40}', self.paths)}"
                f"{self.kind}s: {', '.join(self.paths)}"
            )
        for option, value in spec.items():
            if option == "seed" and name in self.seeded:
                self._check_seed(value)
            elif option != "name":
                self._check_option(name, option, value)
        try:
            self.make(spec)
        except (ArithmeticError, ValueError, TypeError) as error:
            raise UserError(f"{self.kind}: {name}: {error}") from None

    def options(self, name: str) -> tuple[str, ...]:
        """The options of a class that take a plain value."""
        parameters = inspect.signature(self._class(name)).parameters.values()
        return tuple(
            p.name
            for p in parameters
            if p.name not in ("self", "seed")
            and any(kind in str(p.annotation) for kind in ("bool", "int", "float", "str"))
            and not any(kind in str(p.annotation) for kind in ("Callable", "Sampler", "Mapping", "ndarray"))
        )

    def make(self, spec: Mapping[str, Any], **fixed: Any) -> Any:
        """The object that a checked spec names; `fixed` is what no file can say."""
        options = {name: value for name, value in spec.items() if name != "name"}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that a sampler is experimental is its user's choice
            return self._class(spec["name"])(**options, **fixed)

    def _check_option(self, name: str, option: str, value: object) -> None:
        options = self.options(name)
        if option not in options:
            raise UserError(
                f"{self.kind}: {name} has no option '{option}'\n  {did_you_mean(option, options)}"
                f"options: {', '.join(options) or 'none'}"
            )
        if not isinstance(value, str | bool) and not _is_number(value):
            raise UserError(
                f"{self.kind}: {option} is a number from {-_MOST:,} to {_MOST:,}, a word or true/false; "
                f"got {value!r:.60}"
            )

    def _check_seed(self, value: object) -> None:
        if type(value) is not int or not 0 <= value < _SEEDS:
            raise UserError(
                f"{self.kind}: seed is a whole number from 0 to {_SEEDS - 1:,}; got {value!r:.60}"
            )

    def _class(self, name: str) -> Any:
        module, _, of = self.paths[name].partition(":")
        return getattr(import_module(module), of)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and -_MOST <= value <= _MOST
