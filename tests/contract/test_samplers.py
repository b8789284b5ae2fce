"""Laws of every sampler: it does what its file says of it, under limits, and is made by its name."""

import pytest

from benchmarks.simulation import simulate
from moat_lab import parse
from moat_lab.search.candidates import Candidates
from moat_lab.search.optuna_study import SAMPLER_CLASSES, new_study
from moat_lab.search.sampler_agenda import SamplerAgenda
from moat_lab.search.samplers import SAMPLERS
from tests.unit.search.conftest import INPUTS, planted, search_by

SPACE = "stem(4) | n x mbconv @w | 1x mbconv @v for 16px where n in 1..2, w in 8..24:4, v in {8, 16}"
EVERY_SAMPLER = pytest.mark.parametrize("name", [name for name in SAMPLERS if name != "evolution"])
"""But for the older name of one of them."""


def ended(name, *, trials):
    """The agenda of a search that has ended; 20 points, all within the limits."""
    within = Candidates(space=parse(SPACE), limits={}, inputs=INPUTS)
    objectives = ("top1", "macs") if SAMPLERS[name].several_objectives else ("top1",)
    search = search_by(name, within, trials=trials, objectives=objectives)
    agenda = SamplerAgenda(search, within, new_study(search, within, epochs=9), seeds=(0,), epochs=9)
    simulate(agenda, planted(agenda))
    return agenda


@EVERY_SAMPLER
def test_a_sampler_is_made_by_its_name_and_says_what_it_is(name):
    SAMPLER_CLASSES.check({"name": name})
    assert SAMPLERS[name].method


@EVERY_SAMPLER
def test_equal_seeds_make_equal_proposals(name):
    if not SAMPLERS[name].seeded:
        pytest.skip("it takes no seed")
    assert list(ended(name, trials=6).variants) == list(ended(name, trials=6).variants)


@EVERY_SAMPLER
def test_a_sampler_that_does_not_repeat_points_never_does(name):
    if SAMPLERS[name].repeats:
        pytest.skip("it may repeat points")
    assert ended(name, trials=12).proposals.duplicates == 0


def test_studies_from_before_name_a_sampler_that_proposes_as_it_did():
    assert list(ended("evolution", trials=6).variants) == list(ended("ehvi", trials=6).variants)
