"""Tree-structured Parzen estimator: densities of good and of other networks."""

from moat_lab.search.sampler import Sampler

SAMPLER = Sampler(
    path="optuna.samplers:TPESampler",
    method="tree-structured Parzen estimator (Bergstra et al. 2011; Ozaki et al. 2022)",
)
