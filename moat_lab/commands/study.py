"""`python -m moat_lab study NAME`, which is also `python -m moat_lab.study NAME`."""

from moat_lab.study.__main__ import EXAMPLES, command

__all__ = ["EXAMPLES", "command"]
