"""Deciding, with evidence, how mobile convolution and attention should be put together.

Write a network as one line of text; know its exact cost; train it as a short proxy; see where it
stands on the accuracy-efficiency frontier, with error bars.
"""

from typing import TYPE_CHECKING, Any

from moat_lab.cost import Cost, cost
from moat_lab.grammar import ZOO, GrammarError, Network, Space, parse

if TYPE_CHECKING:
    from moat_lab.models import build
    from moat_lab.proxy import evaluate

__version__ = "0.1.0"
__all__ = ["ZOO", "Cost", "GrammarError", "Network", "Space", "build", "cost", "evaluate", "parse"]

_WITH_TORCH = {"build": "moat_lab.models", "evaluate": "moat_lab.proxy"}


def __getattr__(name: str) -> Any:
    """Loads what needs torch when it is first asked for."""
    if name not in _WITH_TORCH:
        raise AttributeError(f"module 'moat_lab' has no attribute '{name}'")
    from importlib import import_module

    return getattr(import_module(_WITH_TORCH[name]), name)
