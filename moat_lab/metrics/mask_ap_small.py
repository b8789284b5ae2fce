"""COCO's average precision of masks of things below 32² pixels, on the recipe's validation split.

Source: Lin et al. 2014, arXiv 1405.0312.
"""

from moat_lab.metrics.metric import Metric

METRIC = Metric(
    title="mask AP, small things",
    unit="%",
    axis="mask AP, small things (%)",
    header="mask AP, small things, %",
    direction="maximize",
    scale="linear",
)
