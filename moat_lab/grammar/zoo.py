"""Known networks, by name. Peers are what the language can say of them; the source notes what differs."""

from collections.abc import Mapping
from types import MappingProxyType

_MOAT = "Yang et al. 2023, arXiv 2210.01820"
_COATNET = (
    "Dai et al. 2021, arXiv 2106.04803; here the depthwise convolution strides, SE's ratio is of the output"
)
_SWIN = "Liu et al. 2021, arXiv 2103.14030; here without shifted windows"
_DEIT = "Touvron et al. 2021, arXiv 2012.12877; here relative positions and a global mean, no class token"
_MAXVIT = "Tu et al. 2022, arXiv 2204.01697; here SE's ratio is of the output"


def _moat(stem: int, depths: tuple[int, ...], width: int) -> str:
    a, b, c, d = depths
    return (
        f"stem({stem}, {stem}) | {a}x mbconv(se=0.25) @{width} | {b}x mbconv(se=0.25) @{2 * width}"
        f" | {c}x mbconv+attn @{4 * width} | {d}x mbconv+attn @{8 * width}"
    )


def _coatnet(stem: int, depths: tuple[int, ...], widths: tuple[int, ...]) -> str:
    blocks = ["mbconv(se=0.25)"] * 2 + ["attn+mlp"] * 2
    stages = [f"{d}x {b} @{w}" for d, b, w in zip(depths, blocks, widths, strict=True)]
    return " | ".join([f"stem({stem}, {stem})", *stages])


def _swin(width: int, depth: int) -> str:
    block = "attn(window=7)+mlp"
    later = [f"{d}x {block} @{width * 2**i}(down=patch)" for i, d in enumerate((2, depth, 2), start=1)]
    return " | ".join([f"stem({width}, kernel=4, stride=4)", f"2x {block} @{width}(stride=1)", *later])


def _deit(width: int) -> str:
    return f"stem({width}, kernel=16, stride=16) | 12x attn(head=64)+mlp @{width}(stride=1)"


def _maxvit(stem: int, depths: tuple[int, ...], width: int) -> str:
    block = "mbconv(se=0.25)+attn(window=7)+mlp+attn(grid=7)+mlp"
    stages = [f"{depth}x {block} @{width * 2**i}" for i, depth in enumerate(depths)]
    return " | ".join([f"stem({stem}, {stem})", *stages])


_ENTRIES: dict[str, tuple[str, str]] = {
    "moat_0": (_moat(64, (2, 3, 7, 2), 96), _MOAT),
    "moat_1": (_moat(64, (2, 6, 14, 2), 96), _MOAT),
    "moat_2": (_moat(128, (2, 6, 14, 2), 128), _MOAT),
    "moat_3": (_moat(160, (2, 12, 28, 2), 160), _MOAT),
    "moat_4": (_moat(256, (2, 12, 28, 2), 256), _MOAT),
    "tiny_moat_0": (_moat(32, (2, 3, 7, 2), 32), _MOAT),
    "tiny_moat_1": (_moat(40, (2, 3, 7, 2), 40), _MOAT),
    "tiny_moat_2": (_moat(56, (2, 3, 7, 2), 56), _MOAT),
    "tiny_moat_3": (_moat(80, (2, 3, 7, 2), 80), _MOAT),
    "coatnet_0": (_coatnet(64, (2, 3, 5, 2), (96, 192, 384, 768)), _COATNET),
    "coatnet_1": (_coatnet(64, (2, 6, 14, 2), (96, 192, 384, 768)), _COATNET),
    "coatnet_2": (_coatnet(128, (2, 6, 14, 2), (128, 256, 512, 1024)), _COATNET),
    "coatnet_3": (_coatnet(192, (2, 6, 14, 2), (192, 384, 768, 1536)), _COATNET),
    "coatnet_4": (_coatnet(192, (2, 12, 28, 2), (192, 384, 768, 1536)), _COATNET),
    "swin_tiny": (_swin(96, 6), _SWIN),
    "swin_small": (_swin(96, 18), _SWIN),
    "swin_base": (_swin(128, 18), _SWIN),
    "deit_tiny": (_deit(192), _DEIT),
    "deit_small": (_deit(384), _DEIT),
    "deit_base": (_deit(768), _DEIT),
    "maxvit_tiny": (_maxvit(64, (2, 2, 5, 2), 64), _MAXVIT),
    "maxvit_small": (_maxvit(64, (2, 2, 5, 2), 96), _MAXVIT),
}

ZOO: Mapping[str, str] = MappingProxyType({name: text for name, (text, _) in _ENTRIES.items()})
"""Name -> text of every known network."""

SOURCES: Mapping[str, str] = MappingProxyType({name: source for name, (_, source) in _ENTRIES.items()})
"""Name -> where the network comes from, and how ours differs."""
