from io import StringIO

import pytest
from rich.console import Console
from typer.testing import CliRunner

from moat_lab.errors import UserError
from moat_lab.pick import app
from moat_lab.records import read_plan, store_of
from moat_lab.records.table import table, table_of
from moat_lab.study.plan import make_plan
from moat_lab.study.progress import Progress
from moat_lab.study.question import load_question
from moat_lab.study.search import run_search

SEARCH = """
question: Which width?
space: stem(4) | n x mbconv @w for 16px where n in 1..2, w in {8, 12, 16}
recipe: tiny
seeds: 1
sampler: random
trials: 4
constraints: [macs <= 300k]
rungs: {epochs: [1], keep: 0.5}
"""


@pytest.fixture
def search_file(study_file):
    study_file.write_text(SEARCH)
    return study_file


def searched(path, folder, workers=1):
    plan = make_plan(load_question(path), seeds=1, command="")
    progress = Progress(plan, workers=workers, console=Console(file=StringIO()))
    return run_search(plan, folder, workers=workers, progress=progress)


def test_a_search_trains_pauses_promotes_and_goes_on_where_it_ended(search_file, tmp_path):
    folder = tmp_path / "runs" / "se"
    outcome = searched(search_file, folder)
    assert (outcome.trained, outcome.failed, outcome.lost) == (6, 0, 0)
    evaluations = store_of(folder).read().evaluations
    assert sorted(e.status for e in evaluations) == ["ok", "ok", "paused", "paused"]
    assert len(list((folder / "checkpoints").iterdir())) == 2
    assert len(read_plan(folder).variants) == 4
    assert "The pick:" in outcome.report.read_text()
    assert searched(search_file, folder).trained == 0

    kept = {e.network_key for e in evaluations}
    (folder / "trials.jsonl").unlink()
    assert searched(search_file, folder).trained == 0
    assert {e.network_key for e in store_of(folder).read().evaluations} == kept

    picked = CliRunner().invoke(app, [str(folder)])
    assert picked.exit_code == 0
    assert picked.output.startswith("stem(4) | ")
    assert len(table_of(read_plan(folder), evaluations)) == 2


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("sampler: random", "sampler: randm", "did you mean 'random'?"),
        ("sampler: random\n", "", "trials is for a search, which needs a sampler"),
        ("macs <= 300k", "macs <= 1k", "no network of the space keeps them; the nearest has"),
        ("macs <= 300k", "mac <= 300k", "did you mean 'macs'?"),
        ("trials: 4\n", "", "a search needs the number of networks"),
        ("epochs: [1]", "epochs: [2]", "epochs rise, and stay below the recipe's 2"),
        ("trials: 4", "trials: 4\nobjectives: [macs]", "top1 is needed"),
        ("trials: 4", "trials: 4\nreference: {params: 1}", "'params' is no objective"),
        ("trials: 4", "trials: 4\nstart: [moat_9]", "start: "),
        ("trials: 4", "trials: 4\nstart: [tiny_moat_0]", "a network is beyond the constraints"),
    ],
)
def test_a_mistake_in_a_search_is_said_before_anything_is_trained(search_file, old, new, message):
    text = search_file.read_text()
    assert old in text
    search_file.write_text(text.replace(old, new))
    with pytest.raises(UserError) as error:
        load_question(search_file)
    assert message in str(error.value)


def test_the_recorded_table_is_read_by_its_name():
    recorded = table("table_tiny")
    assert len(recorded) == 648
    assert recorded["key"].nunique() == 216
    with pytest.raises(UserError, match="did you mean 'table_tiny'"):
        table("table_tny")
