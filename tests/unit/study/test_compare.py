"""`moat-lab compare` as a person calls it."""

from dataclasses import replace

from typer.testing import CliRunner

from moat_lab.__main__ import app
from moat_lab.errors import UserError
from moat_lab.records import ResultsFolder
from tests.unit.recorded import ended_training


def written(path, plan, scores):
    folder = ResultsFolder(path)
    folder.write_plan(plan)
    for seed, score in enumerate(scores):
        folder.evaluations.append(ended_training(plan, plan.variants[0], seed, score))
    return str(path)


def test_the_shared_networks_stand_side_by_side_with_the_changed_settings(plan, tmp_path):
    longer = replace(plan, recipe=plan.recipe | {"epochs": 5}, recipe_key="beef")
    first, second = written(tmp_path / "a", plan, [0.5, 0.6]), written(tmp_path / "b", longer, [0.7, 0.8])
    done = CliRunner().invoke(app, ["compare", first, second])
    assert done.exit_code == 0
    assert done.output.splitlines()[0] == "epochs: 2 in the first, 5 in the second"
    assert ["mbconv", "55.0", "75.0", "+20.0", "2"] in [line.split() for line in done.output.splitlines()]


def test_studies_without_a_network_in_common_are_refused(plan, tmp_path):
    first, second = written(tmp_path / "a", plan, [0.5]), written(tmp_path / "b", plan, [])
    done = CliRunner().invoke(app, ["compare", first, second])
    assert isinstance(done.exception, UserError)
    assert str(done.exception).endswith("share none")
