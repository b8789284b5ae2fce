"""Network -> Cost in closed form; the same network at another cost."""

from moat_lab.costs.closed_form import Cost, cost, cost_at
from moat_lab.costs.matching import Match, matched, nearest_match

__all__ = ["Cost", "Match", "cost", "cost_at", "matched", "nearest_match"]
