"""Many evaluations as one CSV: a record of a whole space, on which searches can be compared in seconds."""

from __future__ import annotations

from collections.abc import Iterable
from io import BytesIO
from pathlib import Path

import pandas as pd

from moat_lab.errors import UserError
from moat_lab.files import read_regular
from moat_lab.lookup import TABLE, find_file
from moat_lab.records.evaluation import Evaluation
from moat_lab.records.plan import Plan
from moat_lab.records.strict_json import MOST_BYTES


def table(name: str | Path) -> pd.DataFrame:
    """A recorded table: one row for each training.

    Columns: key, network, one for each factor, seed, params, macs, activations, the task's score, such as
    top1 (a fraction, on val), and `top1_epoch_N` for each epoch that ended with a validation.

    Args:
        name: such as `table_tiny`, of `results/` here or in the package; or the path of a folder.

    Raises:
        UserError: there is no such table, or it cannot be read.
    """
    return read_table(find_file(TABLE, name))


def read_table(path: Path) -> pd.DataFrame:
    """The table of a file.

    Raises:
        UserError: it cannot be read, or is no table of trainings.
    """
    try:
        content = read_regular(path, most=MOST_BYTES)
        rows = pd.read_csv(BytesIO(content), dtype={"key": "str"})
    except (OSError, ValueError) as error:
        raise UserError(f"a recorded table is needed; got {path}: {error}") from None
    if "key" not in rows.columns:
        raise UserError(f"a recorded table is needed; got {path} without a column 'key'")
    return rows


def table_of(plan: Plan, evaluations: Iterable[Evaluation]) -> pd.DataFrame:
    """The table of a study's finished evaluations, in the plan's order, then by seed."""
    variants = {variant.key: (i, variant) for i, variant in enumerate(plan.variants)}
    finished = [
        e
        for e in evaluations
        if e.network_key in variants and e.recipe_key == plan.recipe_key and e.status == "ok"
    ]
    finished.sort(key=lambda e: (variants[e.network_key][0], e.seed))
    return pd.DataFrame(
        {
            "key": e.network_key,
            "network": e.network,
            **variants[e.network_key][1].factors,
            "seed": e.seed,
            "params": e.costs["params"],
            "macs": e.costs["macs"],
            "activations": e.costs["activations"],
            plan.task.score: e.score,
        }
        | {f"{plan.task.score}_epoch_{point.epoch}": point.score for point in e.curve}
        for e in finished
    )
