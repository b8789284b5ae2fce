"""COCO's average precision of boxes of things below 32² pixels, on the recipe's validation split.

Source: Lin et al. 2014, arXiv 1405.0312.
"""

from moat_lab.metrics.metric import Metric

METRIC = Metric(
    title="box AP, small things",
    unit="%",
    axis="box AP, small things (%)",
    header="box AP, small things, %",
    direction="maximize",
    scale="linear",
)
