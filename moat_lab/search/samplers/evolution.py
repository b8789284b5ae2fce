"""The older name of `ehvi`, in studies and plans that were written before."""

from dataclasses import replace

from moat_lab.search.samplers.ehvi import SAMPLER as EHVI

SAMPLER = replace(EHVI, method="the older name of ehvi")
