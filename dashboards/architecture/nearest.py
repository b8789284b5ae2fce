"""The named network that is most like another, and what differs."""

from dataclasses import dataclass
from functools import cache

from dashboards.architecture.differences import differences_in_words, distance
from moat_lab.grammar import SOURCES, ZOO, Network, network


@dataclass(frozen=True, slots=True, kw_only=True)
class NearestNetwork:
    """A name of the ZOO, its source, and what the network has in place of what the named one has."""

    name: str
    source: str
    words: tuple[str, ...]

    @property
    def is_same(self) -> bool:
        return not self.words


def nearest_network(of: Network) -> NearestNetwork:
    """By doublings of depths and widths, and by layers and options that differ; of equals the first named."""
    name = min(ZOO, key=lambda name: distance(of, _zoo_network(name)))
    return NearestNetwork(
        name=name, source=SOURCES[name], words=tuple(differences_in_words(of, _zoo_network(name)))
    )


@cache
def _zoo_network(name: str) -> Network:
    return network(name)
