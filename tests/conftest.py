"""A test finds today what it found yesterday: the same random numbers, the same examples, one thread."""

import gc
import os
import random
import signal
import sys

import numpy as np
import pytest
from hypothesis import settings

# Read by torch when it is first loaded, here and in the processes that tests start. Equal bits need an equal
# number of threads, and layers as small as those of the tests run faster on one.
os.environ["OMP_NUM_THREADS"] = "1"

# A shell ignores interrupts in what runs in its background, and so would all that tests start.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# `--hypothesis-profile default` looks for new examples.
settings.load_profile("ci")


# Tests and the libraries that they load are two million objects, which stay to the end. Looking through them
# for garbage again and again takes half the time of collecting, and a fifth of that of the tests.
gc.disable()


def pytest_collection_finish() -> None:
    gc.freeze()
    gc.enable()


@pytest.fixture(scope="module", autouse=True)
def frozen():
    yield
    gc.collect()
    gc.freeze()


LONG = ("end_to_end", "contract", "browser", "fuzz", "train", "export", "study", "property")
"""Folders whose files take longest. The others' files take a second or two."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Long files begin, so that no worker is left with one at the end while the others have nothing to do."""
    rank = {folder: i for i, folder in enumerate(LONG)}
    items.sort(key=lambda item: min(rank.get(part, len(LONG)) for part in item.nodeid.split("/")))


@pytest.fixture(autouse=True)
def seeded():
    random.seed(0)
    np.random.seed(0)
    if torch := sys.modules.get("torch"):
        torch.manual_seed(0)
