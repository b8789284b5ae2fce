"""CIFAR-10: 60,000 photographs of 32x32 pixels in 10 classes; `cifar10` or `cifar10:PATH`."""

from functools import partial

from moat_lab.data._cifar import Layout, dataset_of

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

DATASET_OF = partial(dataset_of, LAYOUT)
"""The 50,000 training images in this folder, or in `$MOAT_LAB_DATA`; the 10,000 others are test."""
