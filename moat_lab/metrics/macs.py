"""Multiply-accumulates of convolutions, linear layers and the two attention products, of one image."""

from moat_lab.metrics.metric import Metric

METRIC = Metric(
    title="MACs",
    unit="MACs",
    axis="cost ({}MACs)",
    header="{}MACs",
    prefixed=True,
    closed_form=lambda counted: counted.macs,
)
