"""NSGA-II: a genetic algorithm by non-dominated rank and crowding."""

from moat_lab.search.sampler import Sampler

SAMPLER = Sampler(path="optuna.samplers:NSGAIISampler", method="NSGA-II (Deb et al. 2002)")
