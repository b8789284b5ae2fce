"""Text <-> Network and Space. Knows no layer's arithmetic, and no torch."""

from moat_lab.grammar.error import GrammarError
from moat_lab.grammar.network import Group, Network, Stage, Stem
from moat_lab.grammar.parsing import parse, to_network, zoo_name
from moat_lab.grammar.space import Space
from moat_lab.grammar.zoo import SOURCES, ZOO

__all__ = [
    "SOURCES",
    "ZOO",
    "GrammarError",
    "Group",
    "Network",
    "Space",
    "Stage",
    "Stem",
    "parse",
    "to_network",
    "zoo_name",
]
