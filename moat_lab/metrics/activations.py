"""Output elements of the operators that MACs are counted of.

Source: Radosavovic et al. 2020, arXiv 2003.13678, which found that they predict run time better than MACs.
"""

from moat_lab.metrics.metric import Metric

METRIC = Metric(
    title="activations",
    unit="activations",
    axis="activations ({})",
    header="activations, {}",
    prefixed=True,
    closed_form=lambda counted: counted.activations,
)
