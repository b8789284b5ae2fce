import math
from dataclasses import replace
from io import StringIO

import optuna
import pytest
from rich.console import Console
from typer.testing import CliRunner

from moat_lab.__main__ import app
from moat_lab.engines import local
from moat_lab.errors import UserError
from moat_lab.records import ResultsFolder, failure_reason
from moat_lab.records.inherited import read_inherited
from moat_lab.records.recorded_table import table, table_of
from moat_lab.report.units import count
from moat_lab.search.sampler_agenda import SamplerAgenda
from moat_lab.study.plan import make_plan
from moat_lab.study.progress import StudyProgress
from moat_lab.study.run import run_study
from moat_lab.study.study_spec import load_study
from tests.unit.engines import faulty

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


def quiet(plan):
    return StudyProgress(plan, workers=1, console=Console(file=StringIO()))


def searched(path, folder, workers=1):
    plan = make_plan(load_study(path), seeds=1, command="")
    progress = StudyProgress(plan, workers=workers, console=Console(file=StringIO()))
    return run_study(plan, ResultsFolder(folder), workers=workers, progress=progress)


def test_shared_weights_are_trained_once_before_a_search_and_their_worth_is_told(search_file, tmp_path):
    shared = SEARCH.replace("sampler: random", "sampler: ehvi\nshare: 2").replace(
        "rungs: {epochs: [1], keep: 0.5}", ""
    )
    search_file.write_text(shared)
    folder = ResultsFolder(tmp_path / "runs" / "se")
    outcome = searched(search_file, folder.path)
    assert outcome.trained == 4
    guesses = read_inherited(folder.inherited_file)
    assert len(guesses) == 6
    assert not folder.supernet_file.exists()
    assert "- shared weights: 2 epochs, 6 networks; tau " in outcome.report.read_text()
    order = folder.journal_file.read_text()
    for record in (folder.path / "evaluations").iterdir():
        record.unlink()
    folder.journal_file.unlink()
    searched(search_file, folder.path)
    assert folder.journal_file.read_text() == order
    assert read_inherited(folder.inherited_file) == guesses


def test_a_prior_that_nobody_takes_is_refused(search_file):
    search_file.write_text(SEARCH.replace("random", "tpe\nshare: true"))
    with pytest.raises(UserError, match=r"share: a sampler that takes a prior is needed \(ehvi, "):
        load_study(search_file)


def test_left_to_itself_the_shared_training_is_eight_times_as_long(search_file):
    search_file.write_text(SEARCH.replace("random", "ehvi\nshare: true"))
    spec = load_study(search_file)
    assert spec.search.share == 8 * spec.recipe.epochs


def test_damaged_scores_of_shared_weights_are_named(tmp_path):
    path = tmp_path / "inherited.csv"
    assert read_inherited(path) == {}
    path.write_text("key,inherited\naaaa,much\n")
    with pytest.raises(UserError, match=r"inherited\.csv: scores by shared weights are needed"):
        read_inherited(path)


def test_a_search_trains_pauses_promotes_and_goes_on_where_it_ended(search_file, tmp_path):
    folder = tmp_path / "runs" / "se"
    outcome = searched(search_file, folder)
    assert (outcome.trained, outcome.failed) == (6, 0)
    evaluations = ResultsFolder(folder).evaluations.read().evaluations
    assert sorted(e.status for e in evaluations) == ["ok", "ok", "paused", "paused"]
    assert len(list((folder / "checkpoints").iterdir())) == 2
    assert len(ResultsFolder(folder).read_plan().variants) == 4
    assert "The pick:" in outcome.report.read_text()
    proposal_counts = ResultsFolder(folder).read_proposal_counts()
    assert proposal_counts is not None
    assert (
        f"- refused proposals: {count(proposal_counts.duplicates, 'duplicate')}, "
        in outcome.report.read_text()
    )
    assert searched(search_file, folder).trained == 0
    assert ResultsFolder(folder).read_proposal_counts() == proposal_counts

    kept = {e.network_key for e in evaluations}
    (folder / "trials.jsonl").unlink()
    assert searched(search_file, folder).trained == 0
    assert {e.network_key for e in ResultsFolder(folder).evaluations.read().evaluations} == kept

    picked = CliRunner().invoke(app, ["pick", str(folder)])
    assert picked.exit_code == 0
    assert picked.output.startswith("stem(4) | ")
    assert len(table_of(ResultsFolder(folder).read_plan(), evaluations)) == 2


def searched_again(path, folder):
    plan = make_plan(load_study(path), seeds=1, command="")
    progress = StudyProgress(plan, workers=1, console=Console(file=StringIO()))
    return run_study(plan, ResultsFolder(folder), workers=1, progress=progress, retry_failed=True)


@pytest.mark.parametrize("status", ["ok", "paused"])
def test_a_search_tries_failed_trainings_again_where_told_and_chooses_as_before(
    search_file, tmp_path, status
):
    searched(search_file, tmp_path)
    store, chosen = ResultsFolder(tmp_path).evaluations, ResultsFolder(tmp_path).read_plan().variants
    known = {e.network_key: e.score for e in store.read().evaluations}
    done = next(e for e in store.read().evaluations if e.status == status)
    store.path(done.network_key, done.recipe_key, 0).unlink()
    store.append(replace(done, status="failed", error="OSError: no compiler", scores={}))
    assert searched(search_file, tmp_path).trained == 0
    outcome = searched_again(search_file, tmp_path)
    assert outcome.trained >= 1
    assert outcome.failed == 0
    assert {e.network_key: e.score for e in store.read().evaluations} == known
    assert {v.key for v in ResultsFolder(tmp_path).read_plan().variants} == {v.key for v in chosen}
    assert searched_again(search_file, tmp_path).trained == 0


def test_the_finished_networks_of_a_search_are_in_optunas_storage_in_the_folder(search_file, tmp_path):
    searched(search_file, tmp_path)
    (tmp_path / "optuna.db").unlink()
    searched(search_file, tmp_path)
    storage = f"sqlite:///{tmp_path / 'optuna.db'}"
    (name,) = optuna.get_all_study_names(storage)
    trials = optuna.load_study(study_name=name, storage=storage).trials
    finished = {
        e.network_key: e for e in ResultsFolder(tmp_path).evaluations.read().evaluations if e.status == "ok"
    }
    assert {trial.user_attrs["network_key"] for trial in trials} == set(finished)
    assert len(trials) == 2
    variants = {variant.key: variant for variant in ResultsFolder(tmp_path).read_plan().variants}
    for trial in trials:
        key = trial.user_attrs["network_key"]
        assert trial.params == {n: int(level) for n, level in variants[key].factors.items()}
        assert trial.values == [finished[key].score, variants[key].costs["macs"]]


def test_a_measurement_older_than_a_score_is_made_again(study_file, tmp_path):
    study_file.write_text(
        SEARCH.replace("rungs: {epochs: [1], keep: 0.5}", "screen: {score: synflow, keep: 0.9}")
    )
    searched(study_file, tmp_path)
    kept = ResultsFolder(tmp_path).measurements
    before = kept.read()[0]
    old = before[0]
    kept.append(replace(old, values={"grad_norm": old.values["grad_norm"]}))
    (tmp_path / "trials.jsonl").unlink()
    searched(study_file, tmp_path)
    assert kept.read()[0] == before


def test_a_search_that_screens_everything_out_says_so(study_file, tmp_path, monkeypatch):
    study_file.write_text(
        SEARCH.replace("rungs: {epochs: [1], keep: 0.5}", "screen: {score: synflow, keep: 0.9}")
    )
    monkeypatch.setattr("moat_lab.study.state.SamplerAgenda", Unknown)
    outcome = searched(study_file, tmp_path)
    assert outcome.trained == 0
    assert "screened out (screen: synflow, keep 0.9)" in outcome.report.read_text()


class Unknown(SamplerAgenda):
    """An agenda to which every measured score is unknown."""

    def tell(self, request, result):
        super().tell(request, dict.fromkeys(result, math.nan))


def test_a_network_that_cannot_be_measured_has_failed_with_all_its_seeds(study_file, tmp_path, monkeypatch):
    study_file.write_text(
        SEARCH.replace("trials: 4", "trials: 1").replace("rungs: {epochs: [1], keep: 0.5}", "")
    )
    plan = make_plan(load_study(study_file), seeds=2, command="")
    with monkeypatch.context() as patched:
        patched.setattr(local, "serve", faulty.dies_measuring)
        result = run_study(plan, ResultsFolder(tmp_path), progress=quiet(plan))
    evaluations = ResultsFolder(tmp_path).evaluations.read().evaluations
    assert [(e.seed, e.status) for e in evaluations] == [(0, "failed"), (1, "failed")]
    assert {failure_reason(e.error) for e in evaluations} == {
        "WorkerDied: the process that worked on it ended with exit code -9"
    }
    assert "WorkerDied" in result.report.read_text()
    assert run_study(plan, ResultsFolder(tmp_path), progress=quiet(plan)).trained == 0
    again = run_study(plan, ResultsFolder(tmp_path), progress=quiet(plan), retry_failed=True)
    assert (again.trained, again.failed) == (2, 0)
    assert [e.status for e in ResultsFolder(tmp_path).evaluations.read().evaluations] == ["ok", "ok"]


MEASURED = (
    SEARCH.replace("trials: 4", "trials: 2")
    .replace("{8, 12, 16}", "8..32:4")
    .replace(
        "constraints: [macs <= 300k]\nrungs: {epochs: [1], keep: 0.5}",
        "constraints: [latency_ms <= 1000]\nscreen: {score: params, keep: 0.5}\n"
        "objectives: [top1, latency_ms]",
    )
)


def test_what_is_measured_is_on_disk_in_the_report_and_a_budget_of_the_pick(study_file, tmp_path):
    study_file.write_text(MEASURED)
    folder = tmp_path / "runs" / "se"
    outcome = searched(study_file, folder)
    assert outcome.trained == 2
    measured = ResultsFolder(folder).read().measurements
    assert set(measured[0].values) == {"grad_norm", "synflow", "jacob_cov", "latency_ms"}
    assert len(measured) > len(ResultsFolder(folder).read_plan().variants) == 2
    report = outcome.report.read_text()
    rejected = len(measured) - 2
    assert f"- measured and not trained: {rejected} network" in report
    assert f"{rejected} screened out (screen: params, keep 0.5)" in report
    assert "| network | trial | seeds | top-1, % [95 %] | MACs | params | ms |" in report
    assert "- latency: median of 30 forward passes, batch 1, 16x16 px, float32" in report
    assert (folder / "accuracy_latency_ms.png").exists()
    assert "ms" in CliRunner().invoke(app, ["pick", str(folder), "--max-latency", "900"]).output
    nothing = CliRunner().invoke(app, ["pick", str(folder), "--max-latency", "0.0001"])
    assert "latency_ms of at most 0.0001" in str(nothing.exception)
    assert searched(study_file, folder).trained == 0


def test_a_pruner_ends_trainings_and_the_report_counts_them(study_file, tmp_path):
    study_file.write_text(
        SEARCH.replace("rungs: {epochs: [1], keep: 0.5}", "objectives: [top1]\nscores: false\n")
        + "pruner: {name: percentile, percentile: 1.0, n_startup_trials: 1}\n"
    )
    recipe = study_file.parent / "recipes" / "tiny.yaml"
    recipe.write_text(recipe.read_text().replace("train: 40", "train: 200"))
    folder = tmp_path / "runs" / "se"
    outcome = searched(study_file, folder)
    statuses = [e.status for e in ResultsFolder(folder).evaluations.read().evaluations]
    assert statuses.count("paused") >= 1
    assert statuses.count("ok") >= 1
    ended = f"{statuses.count('paused')} training"
    assert f"- pruner: percentile (percentile 1.0, n_startup_trials 1); {ended}" in outcome.report.read_text()
    assert not (folder / "measurements").exists()


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("sampler: random", "sampler: randm", "did you mean 'random'?"),
        ("sampler: random\n", "", "trials: it is for a search, which needs a sampler"),
        ("macs <= 300k", "macs <= 1k", "no network of the space keeps them; the nearest has"),
        ("macs <= 300k", "mac <= 300k", "did you mean 'macs'?"),
        ("trials: 4\n", "", "a search needs the number of networks"),
        ("epochs: [1]", "epochs: [2]", "epochs rise, and stay below the recipe's 2"),
        ("trials: 4", "trials: 4\nobjectives: [macs]", "top1 is needed"),
        ("trials: 4", "trials: 4\nreference: {params: 1}", "'params' is no objective"),
        ("trials: 4", "trials: 4\nobjectives: [top1, latency_ms]", "latency_ms needs a value worse than"),
        ("trials: 4", "trials: 4\npruner: median", "it compares one objective, the score; got top1, macs"),
        ("trials: 4", "trials: 4\nobjectives: [top1]\npruner: median", "rungs give up trainings too"),
        ("rungs: {epochs: [1], keep: 0.5}", "objectives: [top1]\npruner: medan", "did you mean 'median'?"),
        ("trials: 4", "trials: 4\nscreen: {score: synflo, keep: 0.5}", "did you mean 'synflow'?"),
        ("trials: 4", "trials: 4\nstart: [moat_9]", "start: "),
        ("trials: 4", "trials: 4\nstart: [tiny_moat_0]", "a network is beyond the constraints"),
    ],
)
def test_a_mistake_in_a_search_is_said_before_anything_is_trained(search_file, old, new, message):
    text = search_file.read_text()
    assert old in text
    search_file.write_text(text.replace(old, new))
    with pytest.raises(UserError) as error:
        load_study(search_file)
    assert message in str(error.value)


def test_the_recorded_table_is_read_by_its_name():
    recorded = table("table_tiny")
    assert len(recorded) == 648
    assert recorded["key"].nunique() == 216
    with pytest.raises(UserError, match="did you mean 'table_tiny'"):
        table("table_tny")
