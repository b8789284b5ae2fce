from pathlib import Path

import pytest

from moat_lab.study.plan import make_plan
from moat_lab.study.study_spec import load_study

STUDY = """
question: Does squeeze-excite help?
expectation: Yes.
space: stem(4) | 1x layer @8 for 16px where layer in {mbconv, mbconv(se=0.25)}
recipe: tiny
seeds: 2
"""
RECIPE = """
data: digits
resolution: 16
train: 40
val: 50
epochs: 2
batch: 20
learning_rate: 0.01
curve_points: 2
"""


@pytest.fixture
def study_file(tmp_path) -> Path:
    """A study of two networks and two seeds that trains in a second."""
    path = tmp_path / "studies" / "se.yaml"
    (path.parent / "recipes").mkdir(parents=True)
    path.write_text(STUDY)
    (path.parent / "recipes" / "tiny.yaml").write_text(RECIPE)
    return path


@pytest.fixture
def plan(study_file):
    return make_plan(load_study(study_file), seeds=2, command="python -m moat_lab.study se")
