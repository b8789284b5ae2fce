"""One file = one layer keyword: its options, its source, and the ops it is made of."""

import moat_lab.blocks as package
from moat_lab.blocks.layer import Layer
from moat_lab.discovery import members

LAYERS: dict[str, type[Layer]] = members(package, "LAYER")
"""Keyword -> layer, for every file here that defines one."""

__all__ = ["LAYERS", "Layer"]
