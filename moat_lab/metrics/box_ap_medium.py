"""COCO's average precision of boxes of things from 32² to 96² pixels, on the recipe's validation split.

Source: Lin et al. 2014, arXiv 1405.0312.
"""

from moat_lab.metrics.metric import Metric

METRIC = Metric(
    title="box AP, medium things",
    unit="%",
    axis="box AP, medium things (%)",
    header="box AP, medium things, %",
    direction="maximize",
    scale="linear",
)
