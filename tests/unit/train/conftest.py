"""Small trainings."""

from pathlib import Path

import pytest

from moat_lab.train.display import TrainingDisplay
from moat_lab.train.folder import Manifest
from moat_lab.train.processes import Processes
from moat_lab.train.session import FolderTraining, train
from tests.unit.train.small import RECIPE, TEXT


def _call(folder: Path, *, save_every: int = 1, tensorboard: bool = False, **changes) -> FolderTraining:
    """A training for a folder; words change its manifest."""
    manifest = {
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
    return FolderTraining(
        manifest=Manifest(**manifest | changes), folder=folder, save_every=save_every, tensorboard=tensorboard
    )


@pytest.fixture(scope="session")
def call_in():
    """A training for a folder; words change its manifest."""
    return _call


@pytest.fixture(scope="session")
def trained():
    """Trains in this process, and says whether it came to its end."""
    return lambda call, screen=None: train(call, Processes(), screen or TrainingDisplay(quiet=True))
