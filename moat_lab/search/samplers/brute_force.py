"""Exhaustive search: every network of the space once, in a random order."""

from moat_lab.search.sampler import Sampler

SAMPLER = Sampler(path="optuna.samplers:BruteForceSampler", method="exhaustive search", repeats=False)
