"""Small trainings."""

from pathlib import Path

import pytest

from moat_lab.train.folder import Asked
from moat_lab.train.processes import Processes
from moat_lab.train.screen import Screen
from moat_lab.train.session import Call, train
from tests.unit.train.small import RECIPE, TEXT


def _call(folder: Path, *, save_every: int = 1, tensorboard: bool = False, **changes) -> Call:
    """A call for a folder; words change what is asked."""
    asked = {
        "network": TEXT,
        "network_key": "0123",
        "recipe": RECIPE.content(),
        "recipe_key": RECIPE.key,
        "seed": 0,
        "device": "cpu",
        "processes": 1,
        "command": "python -m moat_lab train ...",
        "environment": {},
    }
    return Call(asked=Asked(**asked | changes), folder=folder, save_every=save_every, tensorboard=tensorboard)


@pytest.fixture(scope="session")
def call_in():
    """A call for a folder; words change what is asked."""
    return _call


@pytest.fixture(scope="session")
def trained():
    """Trains in this process, and says whether it came to its end."""
    return lambda call, screen=None: train(call, Processes(), screen or Screen(quiet=True))
