import math

import pytest

from moat_lab.errors import UserError
from moat_lab.records import Pruning
from moat_lab.search.optuna_study import PRUNER_CLASSES, SAMPLER_CLASSES, make_pruner


def test_options_that_take_plain_values_are_known():
    assert "population_size" in SAMPLER_CLASSES.options("nsga2")
    assert "n_startup_trials" in SAMPLER_CLASSES.options("tpe")
    assert "constraints_func" not in SAMPLER_CLASSES.options("tpe")
    assert SAMPLER_CLASSES.options("ehvi") == ("population", "age", "tournament", "crossover", "brood")


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ({"name": "nsga"}, "there is none named 'nsga'\n  did you mean 'nsga"),
        ({"name": "tpe", "startup": 3}, "tpe has no option 'startup'"),
        ({"name": "nsga2", "population_size": 0}, "nsga2: "),
        ({"name": "ehvi", "crossover": 2}, "crossover is a share from 0 to 1; got 2"),
        (
            {"name": "tpe", "n_startup_trials": [1]},
            "from -1,000,000 to 1,000,000, a word or true/false; got [1]",
        ),
        ({"name": "tpe", "n_startup_trials": 10**30}, "to 1,000,000, a word or true/false; got 1000000"),
        ({"name": "nsga2", "mutation_prob": math.nan}, "to 1,000,000, a word or true/false; got nan"),
        ({"name": [1]}, "there is none named '[1]'"),
        ({"name": "random", "seed": -1}, "seed is a whole number from 0 to 4,294,967,295; got -1"),
        ({"name": "ehvi", "seed": 10**40}, "seed is a whole number from 0 to 4,294,967,295; got 1000"),
    ],
)
def test_a_mistake_names_what_there_is(spec, message):
    with pytest.raises(UserError) as error:
        SAMPLER_CLASSES.check(spec)
    assert message in str(error.value)


def test_options_of_a_pruner_that_take_plain_values_are_known():
    assert PRUNER_CLASSES.options("median") == (
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
def test_a_mistake_in_a_pruner_names_what_there_is(spec, message):
    with pytest.raises(UserError) as error:
        PRUNER_CLASSES.check(spec)
    assert message in str(error.value)


def test_hyperband_knows_the_epochs_of_the_recipe():
    pruning = Pruning(epochs=(3,), pruner={"name": "hyperband"})
    assert make_pruner(pruning, epochs=27)._max_resource == 27
    said = Pruning(epochs=(3,), pruner={"name": "hyperband", "max_resource": 9})
    assert make_pruner(said, epochs=27)._max_resource == 9
