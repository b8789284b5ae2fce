"""What networks are trained to do. One file is one task: its head, its loss, its scores."""

import sys
from collections.abc import Mapping
from typing import Any

from moat_lab.discovery import members
from moat_lab.errors import did_you_mean
from moat_lab.tasks.task import Task

TASKS: dict[str, Task] = members(sys.modules[__name__], "TASK")
"""File name -> task. No torch is loaded before a task is used."""
DEFAULT = "classification"
"""That of recipes which name none."""


def check_task(name: str) -> str:
    """The name; raises ValueError where there is no such task."""
    if name not in TASKS:
        raise ValueError(
            f"the name of a task is needed; {did_you_mean(name, TASKS)}tasks: {', '.join(TASKS)}"
        )
    return name


def task_name(recipe: Mapping[str, Any]) -> str:
    """That of a recorded recipe."""
    return str(recipe.get("task", DEFAULT))


def task_of(recipe: Mapping[str, Any]) -> Task:
    """The task of a recorded recipe."""
    return TASKS[task_name(recipe)]


__all__ = ["DEFAULT", "TASKS", "Task", "check_task", "task_name", "task_of"]
