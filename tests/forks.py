"""Processes of their own that need not load torch, which takes longer than most of what they do."""

import multiprocessing
import os
from collections.abc import Callable, Mapping, Sequence

from moat_lab.engines.local import PRELOADED

PATIENCE_S = 600.0
"""On a machine that does much else."""


def run_at_once(target: Callable[..., object], calls: Sequence[tuple[object, ...]]) -> None:
    """Calls the target with these arguments at the same time, each call in a process of its own.

    They are forked from the process that serves the local engine too, and have this one's environment.
    """
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([*PRELOADED])
    variables = dict(os.environ)
    processes = [
        context.Process(target=_called, args=(variables, target, arguments), daemon=True)
        for arguments in calls
    ]
    for process in processes:
        process.start()
    for process in processes:
        process.join(PATIENCE_S)
    codes = [process.exitcode for process in processes]
    for process in processes:
        process.kill()
    assert codes == [0] * len(calls), f"exit codes {codes}; None is of one that ran for {PATIENCE_S:g} s"


def _called(
    variables: Mapping[str, str], target: Callable[..., object], arguments: tuple[object, ...]
) -> None:
    os.environ.clear()
    os.environ.update(variables)
    target(*arguments)
