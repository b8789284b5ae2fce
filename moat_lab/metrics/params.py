"""Trainable parameters."""

from moat_lab.metrics.metric import Metric

METRIC = Metric(
    title="parameters",
    unit="parameters",
    axis="parameters ({})",
    header="params, {}",
    prefixed=True,
    closed_form=lambda counted: counted.params,
)
