"""COCO's average precision of masks at an overlap of 0.5, on the recipe's validation split.

Source: Lin et al. 2014, arXiv 1405.0312.
"""

from moat_lab.metrics.metric import Metric

METRIC = Metric(
    title="mask AP50",
    unit="%",
    axis="mask AP50 (%)",
    header="mask AP50, %",
    direction="maximize",
    scale="linear",
)
