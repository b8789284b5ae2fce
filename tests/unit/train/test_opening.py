"""What is said before the first step."""

import pytest

from moat_lab.train.opening import opening
from tests.unit.train.small import RECIPE


def said(**changes) -> list[str]:
    return list(opening(RECIPE.model_copy(update=changes)))


def test_it_says_how_many_epochs_warm_up():
    assert said(ema=0.0) == ["Epochs: 4; steps in each: 3."]
    assert said(ema=0.0, warmup_epochs=2 / 3) == ["Epochs: 4, 0.667 of them to warm up; steps in each: 3."]


@pytest.mark.parametrize(("ema", "epochs", "warned"), [(0.9, 14, True), (0.9, 15, False), (0.0, 1, False)])
def test_an_average_that_holds_more_than_a_hundredth_of_the_initial_weights_is_warned_of(ema, epochs, warned):
    assert len(said(ema=ema, epochs=epochs)) == 1 + warned  # 0.9 ** 42 = 0.012, 0.9 ** 45 = 0.009


def test_the_warning_names_an_average_that_would_move():
    assert said(ema=0.9999, epochs=80)[1] == (
        "Warning: with ema 0.9999 the weights that are judged and written hold 98 % of the initial ones "
        "after these 240 steps; 1 % with ema 0.98099."
    )
