"""Share of pixels whose most likely class is the right one, on the recipe's validation split."""

from moat_lab.metrics.metric import Metric

METRIC = Metric(
    title="pixel accuracy",
    unit="%",
    axis="pixel accuracy (%)",
    header="pixel accuracy, %",
    direction="maximize",
    scale="linear",
)
