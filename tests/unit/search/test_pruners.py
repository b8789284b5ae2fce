import pytest

from moat_lab.errors import UserError
from moat_lab.records import Pruning
from moat_lab.search.pruners import PRUNERS, make_pruner


def test_options_that_take_plain_values_are_known():
    assert PRUNERS.options("median") == (
        "n_startup_trials",
        "n_warmup_steps",
        "interval_steps",
        "n_min_trials",
    )


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ({"name": "medain"}, "pruner: there is none named 'medain'\n  did you mean 'median'?"),
        ({"name": "median", "startup": 1}, "median has no option 'startup'"),
        ({"name": "percentile"}, "percentile"),
    ],
)
def test_a_mistake_names_what_there_is(spec, message):
    with pytest.raises(UserError) as error:
        PRUNERS.check(spec)
    assert message in str(error.value)


def test_hyperband_knows_the_epochs_of_the_recipe():
    pruning = Pruning(epochs=(3,), pruner={"name": "hyperband"})
    assert make_pruner(pruning, epochs=27)._max_resource == 27
    said = Pruning(epochs=(3,), pruner={"name": "hyperband", "max_resource": 9})
    assert make_pruner(said, epochs=27)._max_resource == 9
