"""COCO's average precision of boxes at overlaps from 0.5 to 0.95, on the recipe's validation split.

Source: Lin et al. 2014, arXiv 1405.0312.
"""

from moat_lab.metrics.metric import Metric

METRIC = Metric(
    title="box AP",
    unit="%",
    axis="box AP (%)",
    header="box AP, %",
    direction="maximize",
    scale="linear",
)
