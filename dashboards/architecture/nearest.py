"""The named network that is most like another, and what differs."""

from dataclasses import dataclass
from functools import cache

from dashboards.architecture.differences import distance, in_words
from moat_lab.grammar import SOURCES, ZOO, Network, network


@dataclass(frozen=True, slots=True, kw_only=True)
class Nearest:
    """A name of the ZOO, its source, and what the network has in place of what the named one has."""

    name: str
    source: str
    words: tuple[str, ...]

    @property
    def is_same(self) -> bool:
        return not self.words


def nearest(of: Network) -> Nearest:
    """By doublings of depths and widths, and by layers and options that differ; of equals the first named."""
    name = min(ZOO, key=lambda name: distance(of, _named(name)))
    return Nearest(name=name, source=SOURCES[name], words=tuple(in_words(of, _named(name))))


@cache
def _named(name: str) -> Network:
    return network(name)
