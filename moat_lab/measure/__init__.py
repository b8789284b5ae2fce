"""What has to be built to be known: fvcore's counts, the time of a forward pass."""

from moat_lab.measure.network_latency import latency
from moat_lab.measure.timing import Latency

__all__ = ["Latency", "latency"]
