"""Names of datasets, and what they give: images and labels. One file here is one kind of data."""

import sys
from collections.abc import Callable

from moat_lab.data.labelled_images import Dataset, Skipped, Split, division, sizes, split
from moat_lab.discovery import members
from moat_lab.errors import UserError, did_you_mean

__all__ = ["DATASETS", "DATASETS_OF", "Dataset", "Skipped", "Split", "dataset", "division", "sizes", "split"]

# Cheap to import: a file loads the library of its images when it reads them.
DATASETS: dict[str, Dataset] = members(sys.modules[__name__], "DATASET")
DATASETS_OF: dict[str, Callable[[str], Dataset]] = members(sys.modules[__name__], "DATASET_OF")
"""Those that lie in files: the text behind the colon of `imagefolder:photos` -> the dataset."""


def dataset(name: str) -> Dataset:
    """The dataset called `name`, such as `digits`, `cifar10` or `imagefolder:photos`.

    Raises:
        UserError: there is none, and the message lists those there are; or its files are not in their place.
    """
    kind, colon, argument = name.partition(":")
    if kind in DATASETS_OF:
        return DATASETS_OF[kind](argument)
    if kind not in DATASETS or colon:
        known = sorted([*DATASETS, *DATASETS_OF])
        raise UserError(
            f"data: the name of a dataset is needed; got '{name}'\n"
            f"  {did_you_mean(kind, known)}datasets: {', '.join(known)}; files are named as in "
            "imagefolder:PATH"
        )
    return DATASETS[name]
