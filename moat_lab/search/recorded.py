"""Answers from a recorded table, in place of trainings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from moat_lab.analysis.frontier import Floats
from moat_lab.search.agenda import Request, Result

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedTable:
    """Top-1 by network, seed and epoch; and what each network truly reaches."""

    top1: dict[Request, float]
    keys: tuple[str, ...]
    losses: Floats
    """(N, 2) of `keys`: minus the mean top-1 over seeds after the last epoch, MACs."""

    def answer(self, request: Request) -> Result:
        """Top-1 of the training at the request's epoch."""
        return {"top1": self.top1[request]}

    def losses_of(self, keys: list[str]) -> Floats:
        """(N, 2) of these networks, in their order."""
        at = {key: i for i, key in enumerate(self.keys)}
        return self.losses[[at[key] for key in keys]]


def recorded(table: pd.DataFrame) -> RecordedTable:
    """The answers of a table as `moat_lab.table` gives it."""
    epochs = {name: int(name.rsplit("_", 1)[1]) for name in table.columns if name.startswith("top1_epoch_")}
    means = table.groupby("key", sort=False)[["top1", "macs"]].mean()
    return RecordedTable(
        top1={
            Request(str(row["key"]), int(row["seed"]), epoch): float(row[name])
            for row in table.to_dict("records")
            for name, epoch in epochs.items()
        },
        keys=tuple(map(str, means.index)),
        losses=np.column_stack([-means["top1"], means["macs"]]),
    )
