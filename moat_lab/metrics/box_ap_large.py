"""COCO's average precision of boxes of things above 96² pixels, on the recipe's validation split.

Source: Lin et al. 2014, arXiv 1405.0312.
"""

from moat_lab.metrics.metric import Metric

METRIC = Metric(
    title="box AP, large things",
    unit="%",
    axis="box AP, large things (%)",
    header="box AP, large things, %",
    direction="maximize",
    scale="linear",
)
