"""Share of images whose class is among the five most likely ones, on the recipe's validation split."""

from moat_lab.metrics.metric import Metric

METRIC = Metric(
    title="top-5",
    unit="%",
    axis="top-5 (%)",
    header="top-5, %",
    direction="maximize",
    scale="linear",
)
