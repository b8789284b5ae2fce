"""What sets two networks apart, in words."""

import pytest

from moat_lab.grammar import to_network
from moat_lab.grammar.comparing import difference

ONE = "stem(16) | 1x mbconv @16 | 2x mbconv(se=0.25)+attn @32 | 2x mbconv+attn @64"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("@16", "@16", ""),
        ("@32", "@64", "width of stage 2"),
        ("stem(16) | 1x mbconv @16", "stem(8) | 1x mbconv @8", "width of the stem and stage 1"),
        ("2x", "3x", "depth of stages 2 and 3"),
        ("1x mbconv @16 | 2x", "2x mbconv @16 | 3x", "depth of stages 1 and 2"),
        ("se=0.25", "se=0", "se of mbconv in stage 2"),
        ("+attn", "+attn(window=2)", "window of attn in stages 2 and 3"),
        ("+attn", "", "block of stages 2 and 3"),
        ("2x mbconv+attn @64", "1x mbconv, 1x mbconv+attn @64", "block 1 of stage 3"),
        ("@64", "@64(down=pool)", "down of stage 3"),
        ("1x mbconv @16", "1x mbconv @24(stride=1)", "width of stage 1, stride of stage 1"),
        (" | 2x mbconv+attn @64", "", "number of stages"),
        ("stem(16)", "stem(16, stride=1)", "stride of the stem"),
    ],
)
def test_the_difference_says_what_and_where(old, new, said):
    other = ONE.replace(old, new)
    assert difference(to_network(ONE), to_network(other)) == said
    assert difference(to_network(other), to_network(ONE)) == said


def test_the_design_resolution_is_named():
    assert difference(to_network(ONE), to_network(f"{ONE} for 192px")) == "design resolution"
