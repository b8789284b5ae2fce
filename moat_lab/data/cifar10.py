"""CIFAR-10: 60,000 photographs of 32x32 pixels in 10 classes; `cifar10` or `cifar10:PATH`."""

from moat_lab.data._cifar import Layout, dataset_of
from moat_lab.data.labelled_images import Dataset

LAYOUT = Layout(
    name="cifar10",
    folder="cifar-10-batches-py",
    archive="cifar-10-python.tar.gz",
    train=[f"data_batch_{number}" for number in range(1, 6)],
    test=["test_batch"],
    meta="batches.meta",
    labels="labels",
    names="label_names",
    classes=10,
)


def cifar10(argument: str) -> Dataset:
    """The 50,000 training images in this folder, or in `$MOAT_LAB_DATA`; the 10,000 others are test."""
    return dataset_of(LAYOUT, argument)


DATASET_OF = cifar10
