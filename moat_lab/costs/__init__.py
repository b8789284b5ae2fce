"""Network -> Cost in closed form; measurements beside it."""

from moat_lab.costs.closed_form import Cost, cost
from moat_lab.costs.matched import Match, matched, nearest_match
from moat_lab.costs.network_latency import latency
from moat_lab.costs.timing import Latency

__all__ = ["Cost", "Latency", "Match", "cost", "latency", "matched", "nearest_match"]
