"""What a record says of a failure."""

import re
import traceback
from pathlib import Path


def told(failure: Exception) -> str:
    """The way through the code, by file names alone (records name no folder), and last the failure."""
    frames = traceback.extract_tb(failure.__traceback__)
    way = [f"  {Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames]
    return "\n".join([*way, f"{type(failure).__name__}: {failure}"])


def advised(error: str, advice: str) -> str:
    """What `told` gave, with advice right behind the exception's type: there it is its reason."""
    return re.sub(r"^(\S+: )", lambda kind: f"{kind[1]}{advice}\n", error, count=1, flags=re.MULTILINE)
