"""The known networks: their texts, their sources, and keys that never change."""

from hashlib import sha256

import pytest

from moat_lab import ZOO, Network, parse
from moat_lab.grammar import SOURCES

KEYS = {
    "moat_0": "8a3990555a0f",
    "moat_1": "bba8a0b38340",
    "moat_2": "289f08a5af9e",
    "moat_3": "51198f0fa96e",
    "moat_4": "a4b53e4808e2",
    "tiny_moat_0": "927c566c8527",
    "tiny_moat_1": "2b3146ed697c",
    "tiny_moat_2": "756cda4a701d",
    "tiny_moat_3": "d41ec540c957",
    "coatnet_0": "9affac9afdf7",
    "coatnet_1": "e236fd52effe",
    "coatnet_2": "c3289e69fb10",
    "coatnet_3": "46544279acdb",
    "coatnet_4": "57d5b526f518",
    "swin_tiny": "a9a07f22b175",
    "swin_small": "95ad2b78b36f",
    "swin_base": "846c76949f75",
    "deit_tiny": "433bac5d69e6",
    "deit_small": "0db83d1d3700",
    "deit_base": "3779cae4af20",
    "maxvit_tiny": "dd4e4d4cf52a",
    "maxvit_small": "594496fa7f79",
}
"""Evaluations are stored under these: an entry here is added, never changed."""


def test_the_keys_of_the_known_networks_never_change():
    keys = {name: parse(name).key for name in ZOO}
    assert {name: keys.get(name) for name in KEYS} == KEYS


def test_no_two_known_networks_are_the_same():
    assert len({parse(name).key for name in ZOO}) == len(ZOO)


@pytest.mark.parametrize("name", ZOO)
def test_an_entry_is_one_network_in_its_canonical_text(name):
    network = parse(name)
    assert isinstance(network, Network)
    assert str(network) == ZOO[name]
    assert network.key == sha256(ZOO[name].encode()).hexdigest()[:12]


@pytest.mark.parametrize("name", ZOO)
def test_an_entry_has_a_source_with_authors_year_and_arxiv_number(name):
    assert SOURCES.keys() == ZOO.keys()
    assert "et al. 20" in SOURCES[name]
    assert "arXiv " in SOURCES[name]


def test_the_texts_read_like_the_papers_tables():
    assert ZOO["tiny_moat_0"] == (
        "stem(32, 32) | 2x mbconv(se=0.25) @32 | 3x mbconv(se=0.25) @64 | 7x mbconv+attn @128"
        " | 2x mbconv+attn @256"
    )
    assert ZOO["moat_4"] == (
        "stem(256, 256) | 2x mbconv(se=0.25) @256 | 12x mbconv(se=0.25) @512 | 28x mbconv+attn @1024"
        " | 2x mbconv+attn @2048"
    )
    assert ZOO["coatnet_0"] == (
        "stem(64, 64) | 2x mbconv(se=0.25) @96 | 3x mbconv(se=0.25) @192 | 5x attn+mlp @384"
        " | 2x attn+mlp @768"
    )
    assert ZOO["deit_tiny"] == "stem(192, kernel=16, stride=16) | 12x attn(head=64)+mlp @192(stride=1)"


def test_nobody_changes_the_known_networks():
    with pytest.raises(TypeError):
        ZOO["mine"] = "stem(8) | 1x mlp @8"
