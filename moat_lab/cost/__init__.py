"""Network -> Cost in closed form; measurements beside it."""

from moat_lab.cost.closed_form import Cost, cost
from moat_lab.cost.matched import Match, matched, nearest_match
from moat_lab.cost.network_latency import latency
from moat_lab.cost.timing import Latency

__all__ = ["Cost", "Latency", "Match", "cost", "latency", "matched", "nearest_match"]
