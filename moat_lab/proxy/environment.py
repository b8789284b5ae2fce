"""Where a result comes from: versions, commit, hardware."""

from __future__ import annotations

import os
import platform
import subprocess
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from moat_lab.cost.measure import processor

LIBRARIES = ("torch", "timm", "numpy", "scikit-learn")


def environment(device: str) -> dict[str, Any]:
    """What an evaluation records of this machine; names no folder and no host."""
    import torch

    on_gpu = device.startswith("cuda")
    return {
        "commit": commit(),
        "python": platform.python_version(),
        "versions": {name: version(name) for name in LIBRARIES},
        "device": torch.cuda.get_device_name(device) if on_gpu else "cpu",
        "processor": processor(),
        "cores": os.cpu_count(),
        "threads": torch.get_num_threads(),
        "system": f"{platform.system()} {platform.machine()}",
    } | ({"tf32": False} if on_gpu else {})


@cache
def commit() -> str:
    """The checkout's git commit, with `-dirty` where its code differs from it; `unknown` outside of git."""
    here = Path(__file__).parent
    try:
        revision = _git("rev-parse", "--short=12", "HEAD", at=here)
        changed = _git(
            "status", "--porcelain", "--untracked-files=no", "--", "moat_lab", "studies", at=here.parents[1]
        )
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return f"{revision}-dirty" if changed else revision


def _git(*arguments: str, at: Path) -> str:
    done = subprocess.run(["git", *arguments], cwd=at, capture_output=True, text=True, check=True)
    return done.stdout.strip()
