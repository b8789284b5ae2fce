"""Takes a network out of the lab: one file of `targets/` is one form in which others load it."""

import moat_lab.export.targets as package
from moat_lab.discovery import members
from moat_lab.errors import UserError, did_you_mean
from moat_lab.export.target import Target

__all__ = ["TARGETS", "Target", "find_target"]

# Cheap to import: a file loads torch and what it writes with when it is asked to write.
TARGETS: dict[str, Target] = members(package, "TARGET")


def find_target(name: str) -> Target:
    """The target called `name`.

    Raises:
        UserError: there is none; the message lists those there are.
    """
    if name not in TARGETS:
        raise UserError(
            f"--to: the name of a target is needed; got '{name}'\n"
            f"  {did_you_mean(name, TARGETS)}targets: {', '.join(TARGETS)}"
        )
    return TARGETS[name]
