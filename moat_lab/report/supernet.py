"""What shared weights say of a space, and how far to trust it -> report.md."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
import yaml

from moat_lab.analysis.intervals import Interval
from moat_lab.report.markdown import markdown_table
from moat_lab.report.units import NOTHING, code, count, duration, percent, si

_LISTED = 10
_METHOD = """\
All networks share one set of weights: each takes the first channels of every layer. A step trains the
largest, the smallest and two that are drawn; the others learn from the largest (Yu and Huang 2019). A
network is judged by its part of these weights, with statistics of batch norms of its own, and after more
epochs where some are named. Tau is Kendall's, of these scores with those of trainings from scratch by the
study's recipe; brackets are a bootstrap over the networks, 95 %. The best third are those that are best
from scratch."""


def supernet_markdown(
    name: str,
    recipe: Mapping[str, Any],
    table: pd.DataFrame,
    trust: Mapping[str, Mapping[str, Interval]],
    *,
    train_s: float,
    fine_tune: int = 0,
) -> str:
    """The report; the same arguments give the same text.

    Args:
        table: `inherited.csv`.
        trust: column of scores -> group of networks -> agreement of their order with that from scratch.
        train_s: of the shared training.
        fine_tune: epochs that each network trained on.
    """
    rows = [
        (_column_title(column, fine_tune), group, str(tau.n), tau_text(tau), trust_text(tau))
        for column, taus in trust.items()
        for group, tau in taus.items()
    ]
    shown = table.sort_values(list(trust)[-1], ascending=False).head(_LISTED)
    best = [
        (
            code(row["network"]),
            *(percent(row[column]) for column in trust),
            percent(row["from_scratch"]) if row["seeds"] else NOTHING,
            si(row["params"]),
            si(row["macs"]),
        )
        for row in shown.to_dict("records")
    ]
    columns = [_column_title(column, fine_tune) for column in trust]
    sections = [
        f"# {name}: shared weights",
        f"**Answer.** {' '.join(_answer(column, taus, fine_tune) for column, taus in trust.items())}",
        f"One training of {duration(train_s)} serves {len(table):,} networks.",
        markdown_table("llrrl", ["scores", "networks", "known", "tau [95 %]", "trust"], rows),
        _METHOD,
        f"## The best {len(shown)} by {columns[-1]}",
        markdown_table(
            "l" + "r" * (len(columns) + 3), ["network", *columns, "from scratch", "params", "MACs"], best
        ),
        "All stand in `inherited.csv`.",
        "## How this was made",
        f"```yaml\n{yaml.safe_dump(dict(recipe), sort_keys=False).strip()}\n```",
    ]
    return "\n\n".join(sections) + "\n"


def _column_title(column: str, fine_tune: int) -> str:
    return "shared weights" if column == "inherited" else f"{count(fine_tune, 'epoch')} more"


def _answer(column: str, trust: Mapping[str, Interval], fine_tune: int) -> str:
    found = "; ".join(f"of {group} {tau_text(tau)}: {trust_text(tau)}" for group, tau in trust.items())
    if column == "inherited":
        return f"Shared weights order the networks as trainings from scratch do with a tau {found}."
    return f"After {count(fine_tune, 'epoch')} more of each network it is {found}."


def trust_text(tau: Interval) -> str:
    if tau.mean != tau.mean:
        return "not known, too few were trained from scratch"
    return "not to be used, for the interval holds 0" if tau.low <= 0 else "better than no order"


def tau_text(tau: Interval) -> str:
    return NOTHING if tau.mean != tau.mean else f"{tau.mean:.2f} [{tau.low:.2f}, {tau.high:.2f}]"
