"""`moat-lab status`: which studies run, which have stopped, and what is left of them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from moat_lab.study.folder_state import FolderState

EXAMPLES = ("moat-lab status", "moat-lab status results")


def command(
    folder: Annotated[Path, typer.Argument(help="A folder with results folders below it.")] = Path("runs"),
) -> None:
    """Show each study below a folder: running, stopped or finished; what is left; how to go on.

    Nothing is trained. The time left is that of the last trainings, times those that are missing.
    """
    # Loaded here: `--help` answers at once.
    from moat_lab.study.folder_state import STATES, folder_states

    states = folder_states([folder])
    if not states:
        typer.echo(f"No study has been started below {folder}. `moat-lab study --list` shows all.")
    for state in sorted(states, key=lambda state: STATES.index(state.word)):
        for line in state_lines(state):
            typer.echo(line)


def state_lines(state: FolderState) -> list[str]:
    """One line for the study, one for each training that runs, and one that says how to go on."""
    lines = [f"{state.word:<8}  {state.path}: {state.ended} of {state.planned} trainings{state.left_text}"]
    for slot in state.status.slots if state.status else ():
        if slot.training:
            lines.append(f"            {slot.device}: {slot.training}, epoch {slot.epoch} of {slot.epochs}")
    if state.word == "stopped":
        lines.append(f"            to go on: {state.command}")
    return lines
