"""The network to take: the cheapest within one standard error of the best, under a budget."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import pandas as pd

from moat_lab.errors import UserError, did_you_mean

_NOT_COSTS = ("seeds", "score", "score_sd", "score_shrunken", "score_error")


@dataclass(frozen=True, slots=True, kw_only=True)
class Pick:
    """The picked network, and why.

    Args:
        chosen: its key.
        best: key of the network with the highest shrunken mean under the budget.
        threshold: shrunken mean that is within one standard error of the best.
        standard_error: of the best's shrunken mean, a fraction; NaN where no network has two seeds.
        competitors: networks under the budget.
        within: those of them that reach the threshold.
        limited: whether there was a budget at all.
    """

    chosen: str
    best: str
    threshold: float
    standard_error: float
    competitors: int
    within: int
    limited: bool = True

    def reason(self) -> str:
        """One or two sentences for people: percent, and points of percent."""
        unknown = math.isnan(self.standard_error)
        best = f"{100 * self.threshold:.1f} %"
        if not unknown:
            best = f"{100 * (self.threshold + self.standard_error):.1f} % shrunken"
        if self.competitors == 1:
            return (
                f"One network {'is under the budget' if self.limited else 'has finished'}: this one, {best}."
            )
        networks = f"{self.competitors} networks{' under the budget' if self.limited else ''}"
        if unknown:
            shared = f", and the cheapest of the {self.within} that share it" if self.within > 1 else ""
            return (
                "No network has two seeds, so the standard error is unknown. "
                f"This is the best of {networks}, {best}{shared}."
            )
        near = f"within one standard error ({100 * self.standard_error:.2f} points) of the best, {best}"
        if self.within == 1:
            return f"Of {networks} no other is {near}; this is the best itself."
        return f"{self.within} of {networks} are {near}; this is the cheapest of them."


def pick_network(table: pd.DataFrame, limits: Mapping[str, float], *, cost: str = "macs") -> Pick:
    """The cheapest network that reaches one standard error less than the best under the budget.

    What networks reach are their shrunken means, and the standard error is that of the best's (see
    `shrinkage`): with the deviation between seeds that networks as good as the best have. Equal costs: the
    fewer parameters, then the key. Where no network has two seeds, nothing is shrunken, the standard error
    is unknown, and the best itself is taken. A cost that has not been measured is over its limit.

    Args:
        table: one row for each network: key, network, params, macs, activations and other costs, seeds
            (finished), score (mean; NaN where none finished), and, where seeds tell them, score_shrunken and
            score_error, as `search_tables.with_measurements` gives them.
        limits: cost -> the most it may be.

    Raises:
        UserError: a cost is unknown, a limit not above 0, nothing has finished, nothing is under the budget.

    Source: Breiman et al. 1984, one standard error rule.
    """
    _check(table, limits, cost)
    finished = table[table["score"].notna()].reset_index(drop=True)
    if finished.empty:
        raise UserError(
            f"at least one finished network is needed to pick from; got {len(table)} without a score.\n"
            "  wait for a first training to finish, or start the study"
        )
    # From here on the first row is the one that wins a tie.
    competing = _under(finished, limits).sort_values([cost, "params", "key"])
    reached = competing.get("score_shrunken", competing["score"]).fillna(competing["score"])
    best = competing.iloc[int(reached.argmax())]
    error = float(best.get("score_error", math.nan))
    threshold = float(reached.max()) - (0.0 if math.isnan(error) else error)
    within = competing[reached >= threshold]
    return Pick(
        chosen=str(within["key"].iloc[0]),
        best=str(best["key"]),
        threshold=threshold,
        standard_error=error,
        competitors=len(competing),
        within=len(within),
        limited=bool(limits),
    )


def _under(finished: pd.DataFrame, limits: Mapping[str, float]) -> pd.DataFrame:
    ratios = pd.DataFrame({name: finished[name] / most for name, most in limits.items()}, finished.index)
    under = finished[(ratios <= 1).all(axis=1)]
    if under.empty:
        raise UserError(_nothing_under(finished, limits, ratios))
    return under


def _nothing_under(finished: pd.DataFrame, limits: Mapping[str, float], ratios: pd.DataFrame) -> str:
    budget = ", ".join(f"{name} of at most {_number(most)}" for name, most in limits.items())
    problem = f"a network with {budget} is needed; got {len(finished)} finished, none under the budget."
    worst = ratios.dropna().max(axis=1)
    if worst.empty:
        unknown = [name for name in limits if ratios[name].isna().any()]
        return f"{problem}\n  no network has all of these measured; leave out {_joined(unknown)}, or measure"
    nearest = finished.loc[worst.sort_values(kind="stable").index[0]]
    return f"{problem}\n  nearest: {nearest['key']} ({nearest['network']}) with {_excess(nearest, limits)}"


def _excess(row: "pd.Series[float]", limits: Mapping[str, float]) -> str:
    return ", ".join(
        f"{name} {_number(row[name])}, {100 * (row[name] / most - 1):,.1f} % too many"
        for name, most in limits.items()
        if row[name] > most
    )


def _check(table: pd.DataFrame, limits: Mapping[str, float], cost: str) -> None:
    costs = [str(name) for name in table.select_dtypes("number").columns if name not in _NOT_COSTS]
    for name in (*limits, cost):
        if name not in costs:
            hint = f"{did_you_mean(name, costs)}the table has: {_joined(costs)}"
            raise UserError(f"a cost of the networks is needed; got '{name}'.\n  {hint}")
    for name, most in limits.items():
        if not most > 0:
            raise UserError(f"{name}: a limit above 0 is needed; got {most}.\n  leave it out for no limit")


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 1000 else f"{value:.4g}"


def _joined(names: Iterable[str]) -> str:
    return ", ".join(names)
