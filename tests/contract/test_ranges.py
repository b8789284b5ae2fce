"""Every number that a user writes has a range, and an error says it."""

import math
from collections.abc import Iterator
from typing import get_args, get_type_hints

import pytest
from annotated_types import Ge, Gt, Le, Lt
from pydantic import BaseModel

from moat_lab.__main__ import app
from moat_lab.field_types import bare, kinds_at
from moat_lab.study.study_file import RungsFile, ScreenFile, StudyFile
from moat_lab.train.recipe import Augmentation, Recipe

COMMANDS = {known.name: known.callback for known in app.registered_commands}


def numbers(model: type[BaseModel]) -> Iterator[tuple[str, object]]:
    """Of each field, of what its list or mapping holds too: the types that are numbers."""
    for name in model.model_fields:
        for place in ((name,), (name, 0), (name, "x")):
            yield from ((name, kind) for kind in kinds_at(model, place) if bare(kind) in (int, float))


@pytest.mark.parametrize("model", [Recipe, Augmentation, StudyFile, RungsFile, ScreenFile])
def test_every_number_of_a_file_has_a_range(model):
    found = list(numbers(model))
    assert found
    for name, kind in found:
        bounds = {type(one) for one in getattr(kind, "__metadata__", ())}
        assert bounds & {Ge, Gt}, f"{name} has no least"
        assert bounds & {Le, Lt}, f"{name} has no most"


@pytest.mark.parametrize("name", COMMANDS)
def test_every_number_of_a_command_line_has_a_range(name):
    for option, hint in get_type_hints(COMMANDS[name], include_extras=True).items():
        kind, *metadata = get_args(hint) or (hint,)
        if metadata and {int, float} & {kind, *get_args(kind)}:
            (info,) = metadata
            assert info.min is not None, f"--{option} has no least"
            assert info.max is not None, f"--{option} has no most"


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, -1, 10**101])
@pytest.mark.parametrize("field", ["epochs", "learning_rate", "resolution", "train", "split_seed", "ema"])
def test_a_number_that_is_not_finite_or_too_large_is_out_of_range(field, value):
    given = {"data": "digits", "resolution": 16, "train": 40, "val": 50, "epochs": 2, "batch": 20}
    with pytest.raises(ValueError, match=field):
        Recipe(**{**given, "learning_rate": 0.1, field: value})
