"""What holds for every layer there is."""

import random
from dataclasses import MISSING, fields
from itertools import combinations

import pytest
import torch
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

import moat_lab.blocks
from moat_lab.blocks import LAYERS, Layer
from moat_lab.blocks.layer import Setting
from moat_lab.blocks.options import kinds
from moat_lab.discovery import members
from moat_lab.ops import Count, Shape

EVERY_LAYER = pytest.mark.parametrize("keyword", LAYERS)
VALUES = ["global", "rel", "none", "uniform", 1, 3, 4, 8, (3, 2), (20, 20), 0.25, 1.5]
"""Each option is tried at each of these that it takes, beside its default."""
PAIRS = 12
MAP = (6, 5)
SETTINGS = [Setting(in_width=32, width=32, map=MAP)]
STRIDED = [
    Setting(in_width=32, width=32, stride=2, map=MAP),
    Setting(in_width=16, width=32, map=MAP),
    Setting(in_width=24, width=32, stride=2, pool=3, map=MAP),
]


def variants(layer: type[Layer]) -> list[Layer]:
    """The layer with no option, every option, and some pairs of options changed."""
    one = [
        {name: value}
        for name, kind in kinds(layer).items()
        for value in VALUES
        if kind.read(value) is not None
    ]
    pairs = [first | second for first, second in combinations(one, 2) if first.keys() != second.keys()]
    some = random.Random(0).sample(pairs, min(PAIRS, len(pairs)))
    return [layer(**options) for options in [{}, *one, *some]]


CASES = [
    pytest.param(layer, setting, id=f"{layer.keyword}-{setting.in_width}-stride{setting.stride}")
    for layer in LAYERS.values()
    for setting in SETTINGS + (STRIDED if layer.strides else [])
]


def run(module: torch.nn.Module, image: torch.Tensor) -> tuple[tuple[int, ...], int]:
    """The output's shape, and the multiply-accumulates as torch counts them."""
    with torch.no_grad(), sdpa_kernel(SDPBackend.MATH), FlopCounterMode(display=False) as counter:
        out = module(image)
    assert counter.get_total_flops() % 2 == 0
    return tuple(out.shape), counter.get_total_flops() // 2


@EVERY_LAYER
def test_the_keyword_is_the_name_of_the_file(keyword):
    layer = LAYERS[keyword]
    assert layer.keyword == keyword
    assert layer.__module__ == f"moat_lab.blocks.{keyword}"


def test_every_file_that_defines_a_layer_is_found():
    assert list(members(moat_lab.blocks, "LAYER")) == list(LAYERS) == sorted(LAYERS)
    assert all(issubclass(layer, Layer) for layer in LAYERS.values())


@EVERY_LAYER
def test_the_docstring_names_its_source(keyword):
    source = LAYERS[keyword].__doc__.split("Source: ")[1]
    assert "et al. 20" in source
    assert "arXiv " in source


@EVERY_LAYER
def test_every_field_is_an_option_with_a_default_of_its_kind(keyword):
    layer = LAYERS[keyword]
    assert [field.name for field in fields(layer)] == list(kinds(layer))
    for field in fields(layer):
        assert field.default is not MISSING
        assert kinds(layer)[field.name].read(field.default) == field.default


@EVERY_LAYER
def test_a_layer_is_a_value(keyword):
    first, second = LAYERS[keyword](), LAYERS[keyword]()
    assert first == second
    assert hash(first) == hash(second)
    with pytest.raises(AttributeError):
        setattr(first, fields(first)[0].name, 1)


@pytest.mark.parametrize(("layer", "setting"), CASES)
@pytest.mark.parametrize("size", [(7, 9), (1, 2)], ids=["7x9", "1x2"])
def test_shape_parameters_and_macs_are_those_of_the_module(layer, setting, size):
    shape = Shape(setting.in_width, *size)
    allowed = [variant for variant in variants(layer) if not variant.problem(setting.width)]
    assert len(allowed) >= 3
    for variant in allowed:
        op = variant.lower(setting)
        module, count, out = op.build(shape).eval(), op.count(shape), op.out(shape)
        shape_of_two, macs_of_two = run(module, torch.zeros(2, setting.in_width, *size))
        height, width = (-(-side // setting.stride) for side in size)
        assert (out.channels, out.height, out.width) == (setting.width, height, width), variant
        assert shape_of_two == (2, out.channels, out.height, out.width), variant
        assert count.params == sum(parameter.numel() for parameter in module.parameters()), variant
        assert 2 * count.macs == macs_of_two, variant


@pytest.mark.parametrize(("layer", "setting"), CASES)
def test_a_layer_costs_what_its_ops_cost(layer, setting):
    shape = Shape(setting.in_width, 7, 9)
    for variant in variants(layer):
        if not variant.problem(setting.width):
            op = variant.lower(setting)
            total = sum((leaf.count(before) for _, leaf, before in op.leaves(shape)), start=Count())
            assert total == op.count(shape), variant


@EVERY_LAYER
def test_a_problem_is_one_sentence_with_the_width(keyword):
    problems = [variant.problem(7) for variant in variants(LAYERS[keyword])]
    for problem in filter(None, problems):
        assert "\n" not in problem
        assert "needs" in problem or "takes" in problem
        assert "needs" not in problem or "width 7" in problem
