"""NSGA-III: a genetic algorithm by non-dominated rank and reference directions."""

from moat_lab.search.sampler import Sampler

SAMPLER = Sampler(path="optuna.samplers:NSGAIIISampler", method="NSGA-III (Deb and Jain 2014)")
