"""COCO's average precision of boxes at an overlap of 0.75, on the recipe's validation split.

Source: Lin et al. 2014, arXiv 1405.0312.
"""

from moat_lab.metrics.metric import Metric

METRIC = Metric(
    title="box AP75",
    unit="%",
    axis="box AP75 (%)",
    header="box AP75, %",
    direction="maximize",
    scale="linear",
)
