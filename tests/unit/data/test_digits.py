"""The digits are scikit-learn's, brighter and larger."""

import numpy as np
import pytest
from sklearn.datasets import load_digits

from moat_lab.data.digits import scans
from moat_lab.errors import UserError


def test_at_eight_pixels_the_images_are_the_scans_on_a_scale_of_255():
    pixels, labels = scans(8)
    assert np.array_equal(np.rint(pixels[:, 0] / 255 * 16), load_digits().images)
    assert np.array_equal(labels, load_digits().target)


def test_ink_runs_from_0_to_255():
    pixels, _ = scans(8)
    assert (pixels.min(), pixels.max()) == (0, 255)
    assert pixels[0, 0, 0].tolist() == [0, 0, 80, 207, 143, 16, 0, 0]


def test_resizing_is_bilinear_between_the_centres_of_pixels():
    first_row_twice_as_large = [0, 0, 0, 20, 60, 112, 175, 191, 159, 111, 48, 12, 4, 0, 0, 0]
    pixels, _ = scans(16)
    assert np.abs(pixels[0, 0, 0].astype(int) - first_row_twice_as_large).max() <= 1


def test_the_mean_brightness_survives_resizing():
    small, large = scans(8)[0], scans(32)[0]
    assert abs(float(small.mean()) - float(large.mean())) < 0.5


def test_each_digit_has_its_count():
    _, labels = scans(8)
    assert np.bincount(labels).tolist() == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]


def test_below_the_scans_own_size_there_is_no_image():
    with pytest.raises(UserError, match="data digits: a resolution of at least 8 px is needed; got 7"):
        scans(7)
