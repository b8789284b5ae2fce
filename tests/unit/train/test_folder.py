"""What a weights file says of its training."""

import pytest

from moat_lab.train.folder import about
from moat_lab.train.images import load_images
from tests.unit.train.small import RECIPE


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (
            "moat_lab.train moat_0 --data imagefolder:/home/a/photos/",
            "moat_lab.train moat_0 --data imagefolder:photos/",
        ),
        ("--out '/home/a/my nets/n' --recipe=/home/a/r.yaml", "--out 'my nets/n' --recipe=r.yaml"),
        ("'stem(8) | 1x mbconv @8 for 24px' --out ~/nets/n", "'stem(8) | 1x mbconv @8 for 24px' --out n"),
        ("--data imagefolder:data/photos", "--data imagefolder:data/photos"),
    ],
)
def test_weights_name_no_folder_of_the_machine_that_trained_them(typed, said):
    train, _ = load_images(RECIPE, "cpu")
    assert about(RECIPE, train, scores={"top1": 0.5}, command=typed).trained_by == said
