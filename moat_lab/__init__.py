"""Deciding, with evidence, how mobile convolution and attention should be put together.

Write a network as one line of text; know its exact cost; train it as a short proxy; see where it
stands on the accuracy-efficiency frontier, with error bars.
"""

from typing import TYPE_CHECKING, Any

from moat_lab.costs import Cost, cost
from moat_lab.grammar import ZOO, GrammarError, Network, Space, parse
from moat_lab.version import __version__ as __version__

if TYPE_CHECKING:
    from moat_lab.models.model import build as build
    from moat_lab.records.recorded_table import table
    from moat_lab.report.notebook import results as results
    from moat_lab.study.by_name import run_study as run_study
    from moat_lab.train.evaluation import evaluate as evaluate

__all__ = [
    "ZOO",
    "Cost",
    "GrammarError",
    "Network",
    "Space",
    "build",
    "cost",
    "evaluate",
    "parse",
    "results",
    "run_study",
    "table",
]

_WHEN_ASKED = {
    "build": "moat_lab.models",
    "evaluate": "moat_lab.train",
    "results": "moat_lab.report.notebook",
    "run_study": "moat_lab.study.by_name",
    "table": "moat_lab.records.recorded_table",
}


def __getattr__(name: str) -> Any:
    """Loads what needs torch or pandas when it is first asked for."""
    if name not in _WHEN_ASKED:
        raise AttributeError(f"module 'moat_lab' has no attribute '{name}'")
    from importlib import import_module

    return getattr(import_module(_WHEN_ASKED[name]), name)
