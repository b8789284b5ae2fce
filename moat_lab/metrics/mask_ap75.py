"""COCO's average precision of masks at an overlap of 0.75, on the recipe's validation split.

Source: Lin et al. 2014, arXiv 1405.0312.
"""

from moat_lab.metrics.metric import Metric

METRIC = Metric(
    title="mask AP75",
    unit="%",
    axis="mask AP75 (%)",
    header="mask AP75, %",
    direction="maximize",
    scale="linear",
)
