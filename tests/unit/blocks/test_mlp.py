"""An MLP has a depthwise convolution only where it is asked for."""

from moat_lab import parse
from moat_lab.blocks.layer import Setting
from moat_lab.blocks.mlp import MLP
from moat_lab.ops import Count, Shape

SETTING, SHAPE = Setting(in_width=32, width=32), Shape(32, 4, 4)


def test_a_depthwise_convolution_costs_its_kernel_on_every_hidden_channel():
    plain, convolved = (MLP(kernel=kernel).lower(SETTING).count(SHAPE) for kernel in (1, 3))
    # 9 weights on each of 4 x 32 channels, at 16 pixels.
    assert convolved == plain + Count(params=1152, macs=18_432, activations=2048)


def test_it_stands_between_the_expansion_and_the_activation():
    names = [name for name, _, _ in MLP(kernel=3).lower(SETTING).leaves(SHAPE)]
    steps = [name.split(".")[-1] for name in names]
    assert steps == ["mlp_norm", "expand", "depthwise_conv", "act", "shrink"]


def test_without_it_text_and_key_are_those_of_the_plain_mlp():
    plain, spelled = (parse(f"stem(8) | 1x {mlp} @16 for 32px") for mlp in ("mlp", "mlp(kernel=1)"))
    assert str(spelled) == "stem(8) | 1x mlp @16 for 32px"
    assert spelled.key == plain.key == "9ce5451ed159"
