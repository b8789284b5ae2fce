"""One file is one command of `moat-lab`: its function `command`."""

import sys
from collections.abc import Callable
from typing import Any

from moat_lab.discovery import members

COMMANDS: dict[str, Callable[..., None]] = members(sys.modules[__name__], "command")
"""File name -> what it does; typer reads its options from the signature."""
CONTEXT_SETTINGS: dict[str, dict[str, Any]] = members(sys.modules[__name__], "CONTEXT_SETTINGS")
"""What typer calls by that name, for the files that define it."""
EXAMPLES: dict[str, tuple[str, ...]] = members(sys.modules[__name__], "EXAMPLES")
"""Calls of each command, as a person types them, for the end of its help."""
