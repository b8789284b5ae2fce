"""One file is one sampler: its `SAMPLER`, found because the file exists."""

import sys

from moat_lab.discovery import members
from moat_lab.search.sampler import Sampler

SAMPLERS: dict[str, Sampler] = members(sys.modules[__name__], "SAMPLER")
"""Name in a study's file -> sampler."""
