"""One file is one metric: a score or a cost, with its unit and direction. Everything else asks here."""

import sys

from moat_lab.discovery import members
from moat_lab.metrics.metric import Metric

METRICS: dict[str, Metric] = members(sys.modules[__name__], "METRIC")
"""File name -> metric."""
COUNTS = ("params", "macs", "activations")
"""Costs that add up over the ops of a network."""
CLOSED_FORM = (*COUNTS, *(name for name, of in METRICS.items() if of.closed_form and name not in COUNTS))
"""Costs that are known of every network before anything is built."""
COSTS = (*CLOSED_FORM, *(n for n, of in METRICS.items() if of.direction == "minimize" and not of.closed_form))
"""Everything that is better lower."""
LATENCY = "latency_ms"
"""The cost that is measured on the device that trains."""

__all__ = ["CLOSED_FORM", "COSTS", "COUNTS", "LATENCY", "METRICS", "Metric"]
