"""Finds what a package holds by looking at its files: adding one is adding a file."""

from importlib import import_module
from pkgutil import iter_modules
from types import ModuleType
from typing import Any


def members(package: ModuleType, attribute: str) -> dict[str, Any]:
    """File name -> the file's `attribute`, for every file of `package` that defines it, by name.

    Files whose name starts with an underscore are not looked at.

    Raises:
        ImportError: a file cannot be imported; the message names it.
    """
    found = {}
    for info in sorted(iter_modules(package.__path__), key=lambda info: info.name):
        if info.name.startswith("_"):
            continue
        module = _imported(f"{package.__name__}.{info.name}")
        if hasattr(module, attribute):
            found[info.name] = getattr(module, attribute)
    return found


def _imported(name: str) -> ModuleType:
    try:
        return import_module(name)
    except Exception as error:
        raise ImportError(f"{name} cannot be imported: {error}") from error
