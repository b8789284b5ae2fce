"""The same networks in two results folders: what each reached, and how far they are apart."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from moat_lab.analysis.intervals import mean_interval

Scores = Mapping[str, Mapping[int, float]]
"""Network key -> seed -> score, a fraction."""


def differences_between(first: Scores, second: Scores) -> pd.DataFrame:
    """A row for each network that both have trained, in the first's order.

    Columns: key; first, second: mean scores over their own seeds; difference, low, high: of the seeds that
    both have, second minus first, with a 95 % t interval (NaN with one such seed); seeds: how many these are.
    """
    rows = []
    for key in (key for key, scores in first.items() if scores and second.get(key)):
        a, b = first[key], second[key]
        apart = mean_interval(b[seed] - a[seed] for seed in a if seed in b)
        rows.append(
            {
                "key": key,
                "first": mean_interval(a.values()).mean,
                "second": mean_interval(b.values()).mean,
                "difference": apart.mean,
                "low": apart.low,
                "high": apart.high,
                "seeds": apart.n,
            }
        )
    columns = ["key", "first", "second", "difference", "low", "high", "seeds"]
    return pd.DataFrame(rows, columns=columns)
