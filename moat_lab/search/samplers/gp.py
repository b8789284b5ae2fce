"""Bayesian optimisation with a Gaussian process; about a second for each proposal."""

from moat_lab.search.sampler import Sampler

SAMPLER = Sampler(
    path="optuna.samplers:GPSampler", method="Gaussian process, expected improvement (Jones et al. 1998)"
)
