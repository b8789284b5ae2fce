"""Quasi-Monte Carlo: points that fill the space more evenly than random ones."""

from moat_lab.search.sampler import Sampler

SAMPLER = Sampler(
    path="optuna.samplers:QMCSampler", method="quasi-Monte Carlo, Sobol's sequence (Sobol' 1967)"
)
