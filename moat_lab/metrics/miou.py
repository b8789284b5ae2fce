"""Mean over classes of intersection over union, of the pixels of the recipe's validation split.

Source: Everingham et al. 2010, The Pascal Visual Object Classes Challenge, section 4.
"""

from moat_lab.metrics.metric import Metric

METRIC = Metric(
    title="mIoU",
    unit="%",
    axis="mIoU (%)",
    header="mIoU, %",
    direction="maximize",
    scale="linear",
)
