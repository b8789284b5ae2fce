"""Names of datasets, and what they give: images and labels. One file here is one dataset."""

import sys

from moat_lab.data.dataset import Dataset, Split, split
from moat_lab.errors import UserError, did_you_mean
from moat_lab.members import members

__all__ = ["DATASETS", "Dataset", "Split", "dataset", "split"]

# Cheap to import: a file loads the library that its images come from when they are asked for.
DATASETS: dict[str, Dataset] = members(sys.modules[__name__], "DATASET")


def dataset(name: str) -> Dataset:
    """The dataset called `name`.

    Raises:
        UserError: there is none; the message lists those there are.
    """
    if name not in DATASETS:
        raise UserError(
            f"data: the name of a dataset is needed; got '{name}'\n"
            f"  {did_you_mean(name, DATASETS)}datasets: {', '.join(DATASETS)}"
        )
    return DATASETS[name]
