"""Windows that slide over an image cover it, and one that holds it changes nothing."""

import pytest
import torch

from moat_lab.grammar import to_network
from moat_lab.heads import HEADS
from moat_lab.models.headed import HeadedModel
from moat_lab.models.sliding import SlidingWindows, window_places


@pytest.mark.parametrize(
    ("length", "side", "overlap", "places"),
    [
        (512, 512, 0.33, [0]),
        (300, 512, 0.33, [0]),
        (1024, 512, 0.0, [0, 512]),
        (1024, 512, 0.33, [0, 256, 512]),
        (513, 512, 0.0, [0, 1]),
        (10, 4, 0.5, [0, 2, 4, 6]),
    ],
)
def test_windows_are_even_and_end_where_the_image_ends(length, side, overlap, places):
    assert window_places(length, side, overlap) == places


class Brightness(torch.nn.Module):
    """Each pixel, and the mean of what is seen, as two maps."""

    def forward(self, images):
        return torch.cat([images, images.mean(dim=(2, 3), keepdim=True).expand_as(images)], dim=1)


def test_a_pixel_has_the_mean_over_the_windows_that_show_it():
    images = torch.arange(6.0).reshape(1, 1, 1, 6)
    own, means = SlidingWindows(Brightness(), 4, 0.5)(images)[0, :, 0]
    assert own.tolist() == [0, 1, 2, 3, 4, 5]
    assert means.tolist() == [1.5, 1.5, 2.5, 2.5, 3.5, 3.5]


def test_a_window_that_holds_the_image_gives_what_the_network_gives():
    torch.manual_seed(0)
    network = to_network("stem(8) | 1x mbconv @8 | 1x mbconv+attn(window=2, head=8) @16 for 32px")
    head = HEADS["deeplabv3plus"](output_stride=8, channels=16)
    model, images = HeadedModel(network, head, classes=5).eval(), torch.randn(2, 3, 40, 48)
    with torch.no_grad():
        whole = model(images)
        assert torch.equal(SlidingWindows(model, 48, 0.33)(images), whole)
        assert not torch.allclose(SlidingWindows(model, 32, 0.33)(images), whole, atol=1e-4)
