"""What networks reach by their parts of weights that they share, as a file says."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import pandas as pd

from moat_lab.errors import UserError
from moat_lab.files import read_regular
from moat_lab.records.strict_json import MOST_BYTES


def read_inherited(path: Path) -> dict[str, float]:
    """Network key -> score; nothing where there is no file.

    Raises:
        UserError: the file is damaged.
    """
    if not path.exists():
        return {}
    try:
        rows = pd.read_csv(BytesIO(read_regular(path, most=MOST_BYTES)), usecols=["key", "inherited"])
        scores = rows["inherited"].astype(float)
    except (OSError, ValueError) as error:
        raise UserError(
            f"{path}: scores by shared weights are needed: {error}\n  remove it, and it is made again"
        ) from None
    return dict(zip(rows["key"].astype(str), scores, strict=True))
