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
    assert help_line == f"  did you mean 'digits'? datasets: {', '.join(DATASETS)}"


def test_importing_the_room_loads_no_library_that_draws_or_trains():
    code = "import sys, moat_lab.data; print({'sklearn', 'PIL', 'torch'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"
