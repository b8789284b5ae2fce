"""Share of images whose most likely class is the right one, on the recipe's validation split."""

from moat_lab.metrics.metric import Metric

METRIC = Metric(
    title="top-1",
    unit="%",
    axis="top-1 (%)",
    header="top-1, %",
    direction="maximize",
    scale="linear",
)
