"""A dataset is found by its name, without loading what draws its images."""

import subprocess
import sys

import pytest

from moat_lab.data import DATASETS, dataset
from moat_lab.errors import UserError


def test_a_dataset_is_found_by_its_name():
    assert dataset("digits") is DATASETS["digits"]


def test_an_unknown_name_lists_those_there_are_and_the_nearest():
    with pytest.raises(UserError) as error:
        dataset("digit")
    first, help_line = str(error.value).split("\n")
    assert first == "data: the name of a dataset is needed; got 'digit'"
    assert help_line == (
        "  did you mean 'digits'? datasets: ade20k, cifar10, cifar100, coco, digits, hf, imagefolder, masks, "
        "placed, relations, scenes, shifted, things, voc; files are named as in imagefolder:PATH"
    )


def test_a_dataset_without_files_takes_no_path():
    with pytest.raises(UserError, match="got 'digits:here'"):
        dataset("digits:here")


def test_importing_the_room_loads_no_library_that_draws_or_trains():
    code = "import sys, moat_lab.data; print({'sklearn', 'PIL', 'torch'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"
