"""Network -> Cost in closed form; measurements beside it."""

from moat_lab.cost.closed_form import Cost, cost

__all__ = ["Cost", "cost"]
