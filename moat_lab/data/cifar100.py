"""CIFAR-100: 60,000 photographs of 32x32 pixels in 100 classes; `cifar100` or `cifar100:PATH`."""

from moat_lab.data._cifar import Layout, dataset_of
from moat_lab.data.labelled_images import Dataset

LAYOUT = Layout(
    name="cifar100",
    folder="cifar-100-python",
    archive="cifar-100-python.tar.gz",
    train=["train"],
    test=["test"],
    meta="meta",
    labels="fine_labels",
    names="fine_label_names",
    classes=100,
)


def cifar100(argument: str) -> Dataset:
    """The 50,000 training images in this folder, or in `$MOAT_LAB_DATA`; the 10,000 others are test."""
    return dataset_of(LAYOUT, argument)


DATASET_OF = cifar100
