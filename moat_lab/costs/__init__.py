"""Network -> Cost in closed form; the same network at another cost."""

from moat_lab.costs.closed_form import Cost, cost
from moat_lab.costs.matched import Match, matched, nearest_match

__all__ = ["Cost", "Match", "cost", "matched", "nearest_match"]
