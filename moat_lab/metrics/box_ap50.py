"""COCO's average precision of boxes at an overlap of 0.5, on the recipe's validation split.

Source: Lin et al. 2014, arXiv 1405.0312.
"""

from moat_lab.metrics.metric import Metric

METRIC = Metric(
    title="box AP50",
    unit="%",
    axis="box AP50 (%)",
    header="box AP50, %",
    direction="maximize",
    scale="linear",
)
