"""A batch norm that has a single value to normalise is a sentence before anything is trained."""

import pytest
import torch

import moat_lab
from moat_lab.errors import UserError
from moat_lab.grammar import to_network
from moat_lab.train import Recipe, check_network, evaluate, evaluate_together, measure

ONE_PIXEL = "stem(4) | 1x mbconv @8 | 1x mbconv @8 | 1x mbconv @8 for 16px"
TWO_PIXELS = "stem(4) | 1x mbconv @8 | 1x mbconv @8 for 16px"
RECIPE = Recipe(data="digits", resolution=8, train=4, val=4, epochs=1, batch=1, learning_rate=0.01)


def trains(text, resolution, batch):
    """Whether torch takes a step's forward pass."""
    try:
        moat_lab.build(text, 10, 1).train()(torch.rand(batch, 1, resolution, resolution))
    except ValueError:
        return False
    return True


def passes(text, resolution, batch):
    try:
        check_network(to_network(text), RECIPE.model_copy(update={"resolution": resolution, "batch": batch}))
    except UserError:
        return False
    return True


@pytest.mark.parametrize("batch", [1, 2])
@pytest.mark.parametrize("resolution", [1, 2, 3, 4, 5, 8, 9, 16, 17])
@pytest.mark.parametrize(
    "text",
    [
        ONE_PIXEL,
        TWO_PIXELS,
        "stem(4, 4) | 1x mbconv+attn @32 for 16px",
        "stem(4) | 1x attn(head=4)+mlp @8 for 16px",
        "stem(4) | 1x attn(head=4)+mlp(kernel=3) @8 | 1x mbconv+attn(head=4) @8(down=patch) for 16px",
        "stem(4, stride=1) | 2x mbconv(se=0.25) @8 | 1x mbconv @8(stride=1) for 16px",
    ],
)
def test_the_closed_form_refuses_what_torch_refuses(text, resolution, batch):
    assert passes(text, resolution, batch) == trains(text, resolution, batch)


@pytest.mark.parametrize(
    "ask",
    [
        lambda: evaluate(ONE_PIXEL, RECIPE, 0),
        lambda: evaluate_together(ONE_PIXEL, RECIPE, [0, 1]),
        lambda: measure(ONE_PIXEL, RECIPE, 0),
    ],
)
def test_one_image_on_one_pixel_is_a_mistake_that_says_what_to_take(ask):
    with pytest.raises(UserError) as error:
        ask()
    assert str(error.value) == (
        "batch norm: two values of each channel or more are needed in training; got one, with batch 1 and a "
        f"map of one pixel in stage 2 at 8 px, of {ONE_PIXEL}\n"
        "  take a batch of 2 or more, or a higher resolution"
    )


def test_one_image_on_four_pixels_is_trained():
    assert evaluate(TWO_PIXELS, RECIPE.model_copy(update={"resolution": 16}), 0).status == "ok"
