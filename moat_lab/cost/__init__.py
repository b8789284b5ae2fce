"""Network -> Cost in closed form; measurements beside it."""

from moat_lab.cost.closed_form import Cost, cost
from moat_lab.cost.matched import Match, matched, nearest_match

__all__ = ["Cost", "Match", "cost", "matched", "nearest_match"]
