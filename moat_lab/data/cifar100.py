"""CIFAR-100: 60,000 photographs of 32x32 pixels in 100 classes; `cifar100` or `cifar100:PATH`."""

from functools import partial

from moat_lab.data._cifar import Layout, dataset_of

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

DATASET_OF = partial(dataset_of, LAYOUT)
"""The 50,000 training images in this folder, or in `$MOAT_LAB_DATA`; the 10,000 others are test."""
