"""Hidden widths are exact in decimals, or an error."""

import pytest

from moat_lab.blocks.layer import Setting, hidden_problem, hidden_width
from moat_lab.blocks.mbconv import MBConv
from moat_lab.blocks.mlp import MLP
from moat_lab.ops import Shape


@pytest.mark.parametrize(
    ("expand", "width", "hidden"), [(4, 32, 128), (0.1, 30, 3), (1.1, 10, 11), (2.3, 100, 230)]
)
def test_a_hidden_width_is_exact(expand, width, hidden):
    assert hidden_problem("mlp", expand, width) is None
    assert hidden_width(expand, width) == hidden


def test_a_hidden_width_that_is_no_whole_number_is_a_problem():
    assert hidden_problem("mlp", 0.1, 32) == (
        "mlp needs expand x width to be a whole number; got expand 0.1, width 32"
    )
    assert MLP(expand=1.3).problem(32) == (
        "mlp needs expand x width to be a whole number; got expand 1.3, width 32"
    )


@pytest.mark.parametrize(("se", "hidden"), [(0.25, 8), (0.1, 3), (0.01, 1), (1, 32)])
def test_squeeze_excite_is_a_ratio_of_the_output_width_rounded_down_and_one_at_least(se, hidden):
    setting, shape = Setting(in_width=16, width=32), Shape(16, 4, 4)
    plain, squeezed = (MBConv(se=ratio).lower(setting).count(shape).params for ratio in (0, se))
    # On the 4 x 32 expanded channels: two layers with bias.
    assert squeezed - plain == 2 * 128 * hidden + hidden + 128
