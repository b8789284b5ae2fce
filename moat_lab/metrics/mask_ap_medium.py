"""COCO's average precision of masks of things from 32² to 96² pixels, on the recipe's validation split.

Source: Lin et al. 2014, arXiv 1405.0312.
"""

from moat_lab.metrics.metric import Metric

METRIC = Metric(
    title="mask AP, medium things",
    unit="%",
    axis="mask AP, medium things (%)",
    header="mask AP, medium things, %",
    direction="maximize",
    scale="linear",
)
