"""The public names are few, and stay."""

from importlib.util import find_spec

import pytest

import moat_lab


def test_the_public_names_are_these():
    assert sorted(moat_lab.__all__) == [
        "Cost",
        "GrammarError",
        "Network",
        "Space",
        "ZOO",
        "build",
        "cost",
        "evaluate",
        "parse",
        "results",
        "run_study",
        "table",
    ]


@pytest.mark.parametrize("name", moat_lab.__all__)
def test_every_public_name_is_there_and_says_what_it_is(name):
    value = getattr(moat_lab, name)
    assert name == "ZOO" or value.__doc__


@pytest.mark.parametrize("name", moat_lab.__all__)
def test_no_module_has_a_public_name_which_importing_it_would_hide(name):
    assert find_spec(f"moat_lab.{name}") is None


def test_a_name_that_is_not_there_is_an_attribute_error():
    with pytest.raises(AttributeError, match="module 'moat_lab' has no attribute 'nowhere'"):
        _ = moat_lab.nowhere
