"""Where a result comes from: versions, commit, hardware; and what a record says of a failure."""

from __future__ import annotations

import os
import platform
import re
import subprocess
import traceback
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from moat_lab.device import processor
from moat_lab.version import __version__

LIBRARIES = ("torch", "timm", "numpy", "scikit-learn")
_PACKAGE = Path(__file__).parents[1]
_PROJECT = 'name = "moat-lab"'
"""A line of our pyproject.toml."""


def environment(device: str) -> dict[str, Any]:
    """What an evaluation records of this machine; names no folder and no host.

    A GPU that is not here is another machine's, which lost the job: of that nothing more is known.
    """
    import torch

    software = {
        "commit": commit(),
        "python": platform.python_version(),
        "versions": {"moat_lab": __version__} | {name: version(name) for name in LIBRARIES},
    }
    on_gpu = device.startswith("cuda")
    try:
        name = torch.cuda.get_device_name(device) if on_gpu else "cpu"
    except (RuntimeError, AssertionError):
        return software | {"device": device}
    hardware = {
        "device": name,
        "processor": processor(),
        "cores": os.cpu_count(),
        "threads": torch.get_num_threads(),
        "system": f"{platform.system()} {platform.machine()}",
    }
    return software | hardware | ({"tf32": False} if on_gpu else {})


@cache
def commit(package: Path = _PACKAGE) -> str | None:
    """The git commit of the package's checkout, with `-dirty` where its code differs from it.

    None without a checkout of ours: an installed package may lie in the repository of somebody else.
    """
    root = package.parent
    try:
        if not _is_ours(package):
            return None
        revision = _git("rev-parse", "--short=12", "HEAD", at=root)
        changed = _git(
            "status", "--porcelain", "--untracked-files=no", "--", package.name, "studies", at=root
        )
    except (OSError, subprocess.CalledProcessError):
        return None
    return f"{revision}-dirty" if changed else revision


def _is_ours(package: Path) -> bool:
    """Whether the package stands at the top of a repository that keeps it, as the project that it is."""
    root, project = package.parent, package.parent / "pyproject.toml"
    if _PROJECT not in project.read_text(encoding="utf-8", errors="replace").splitlines():
        return False
    _git("ls-files", "--error-unmatch", "--", project.name, f"{package.name}/__init__.py", at=root)
    return _git("rev-parse", "--show-prefix", at=root) == ""


def _git(*arguments: str, at: Path) -> str:
    """What git says of the repository around a folder; a hook's `$GIT_DIR` would name another one."""
    around = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    done = subprocess.run(["git", *arguments], cwd=at, env=around, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def failure_text(failure: Exception) -> str:
    """The way through the code, by file names alone (records name no folder), and last the failure."""
    frames = traceback.extract_tb(failure.__traceback__)
    way = [f"  {Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames]
    return "\n".join([*way, f"{type(failure).__name__}: {failure}"])


def with_advice(error: str, advice: str) -> str:
    """What `failure_text` gave, with advice right behind the exception's type: there it is its reason."""
    return re.sub(r"^(\S+: )", lambda kind: f"{kind[1]}{advice}\n", error, count=1, flags=re.MULTILINE)
