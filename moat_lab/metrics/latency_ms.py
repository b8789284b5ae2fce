"""Median time of a forward pass, measured on the device that trains."""

from moat_lab.metrics.metric import Metric

METRIC = Metric(title="latency", unit="ms", axis="latency (ms)", header="latency, ms")
