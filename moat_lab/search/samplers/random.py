"""Random search: each network of the space is as likely."""

from moat_lab.search.sampler import Sampler

SAMPLER = Sampler(
    path="optuna.samplers:RandomSampler", method="random search (Bergstra and Bengio 2012, JMLR 13)"
)
