"""What shared weights say of a space, and how far to trust it -> report.md."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
import yaml

from moat_lab.analysis.intervals import Interval
from moat_lab.report.markdown import markdown_table
from moat_lab.report.units import NOTHING, code, duration, percent, si

_LISTED = 10
_METHOD = """\
All networks share one set of weights: each takes the first channels of every layer. A step trains the
largest, the smallest and two that are drawn; the others learn from the largest (Yu and Huang 2019). A
network is judged by its part of these weights, with statistics of batch norms of its own, and is not
trained further. Tau is Kendall's, of these scores with those of trainings from scratch by the study's
recipe; brackets are a bootstrap over the networks, 95 %. The best third are those that are best from
scratch."""


def supernet_markdown(
    name: str,
    recipe: Mapping[str, Any],
    table: pd.DataFrame,
    trust: Mapping[str, Interval],
    *,
    train_s: float,
) -> str:
    """The report; the same arguments give the same text.

    Args:
        table: `inherited.csv`.
        trust: group of networks -> agreement of their order with that from scratch.
        train_s: of the shared training.
    """
    rows = [(group, str(tau.n), tau_text(tau), trust_text(tau)) for group, tau in trust.items()]
    shown = table.head(_LISTED)
    best = [
        (
            code(row["network"]),
            percent(row["inherited"]),
            percent(row["from_scratch"]) if row["seeds"] else NOTHING,
            si(row["params"]),
            si(row["macs"]),
        )
        for row in shown.to_dict("records")
    ]
    sections = [
        f"# {name}: shared weights",
        f"**Answer.** {_answer(trust)}",
        f"One training of {duration(train_s)} serves {len(table):,} networks.",
        markdown_table("lrrl", ["networks", "known", "tau [95 %]", "trust"], rows),
        _METHOD,
        f"## The best {len(shown)} by shared weights",
        markdown_table("lrrrr", ["network", "inherited", "from scratch", "params", "MACs"], best),
        "All stand in `inherited.csv`.",
        "## How this was made",
        f"```yaml\n{yaml.safe_dump(dict(recipe), sort_keys=False).strip()}\n```",
    ]
    return "\n\n".join(sections) + "\n"


def _answer(trust: Mapping[str, Interval]) -> str:
    found = [f"of {group} {tau_text(tau)}: {trust_text(tau)}" for group, tau in trust.items()]
    return f"Shared weights order the networks as trainings from scratch do with a tau {'; '.join(found)}."


def trust_text(tau: Interval) -> str:
    if tau.mean != tau.mean:
        return "not known, too few were trained from scratch"
    return "not to be used, for the interval holds 0" if tau.low <= 0 else "better than no order"


def tau_text(tau: Interval) -> str:
    return NOTHING if tau.mean != tau.mean else f"{tau.mean:.2f} [{tau.low:.2f}, {tau.high:.2f}]"
