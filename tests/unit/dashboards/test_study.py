"""How far a study has come, counted."""

from dataclasses import replace
from pathlib import Path

from dashboards.study import ProgressSummary, study_of, study_progress
from dashboards.study_widgets import failed_rows, slot_rows, status_sentence
from moat_lab.lookup import shipped
from moat_lab.records import Evaluation, ResultsFolder, SlotStatus, Status


def test_each_state_is_counted_apart(make):
    folder = make({"mbconv+attn": [0.9, None], "attn+mlp": [0.8]})
    (folder / "evaluations" / "cut.json").write_text("{", encoding="utf-8")
    found = study_of(ResultsFolder(folder)).progress
    assert found == ProgressSummary(networks=3, expected=6, finished=2, failed=1, damaged=1)
    assert (found.missing, found.done) == (3, 0.5)


def test_seeds_that_the_plan_does_not_ask_for_make_nothing_less_missing(make):
    assert study_of(ResultsFolder(make({"mbconv+attn": [0.9, 0.9, 0.9]}))).progress.finished == 2


def test_nothing_planned_is_done(make, plan):
    folder = make({}, plan=replace(plan, variants=(), baseline=""))
    assert study_of(ResultsFolder(folder)).progress.done == 1.0


def test_another_recipe_does_not_count(make, plan):
    folder = make({"mbconv+attn": [0.9]})
    known: Evaluation = ResultsFolder(folder).read().evaluations[0]
    other = ResultsFolder(folder).evaluations.append(replace(known, recipe_key="dead", seed=1))
    assert other.exists()
    assert study_progress(plan, ResultsFolder(folder).evaluations.read()).finished == 1


def test_the_command_goes_on_with_a_study_where_it_lies(make, plan):
    study = study_of(ResultsFolder(make({})))
    assert replace(study, folder=ResultsFolder(Path("runs/ablate_order"))).command == plan.command
    elsewhere = ResultsFolder(Path("my results/deep/a"))
    moved = replace(study, folder=elsewhere, plan=replace(plan, name="deep/a"))
    assert moved.command == f"{plan.command} --results 'my results'"


def test_the_packages_results_are_not_written_to():
    study = study_of(ResultsFolder(shipped() / "results" / "scale_depth"))
    assert study.command == "python -m moat_lab.study scale_depth"


def test_a_failure_without_words_is_a_row(make):
    folder = make({"mbconv+attn": [None]})
    known = ResultsFolder(folder).read().evaluations[0]
    assert failed_rows(study_of(ResultsFolder(folder))).reason[0] == "RuntimeError: loss is NaN"
    ResultsFolder(folder).evaluations.append(replace(known, error=" \n"))
    assert failed_rows(study_of(ResultsFolder(folder))).reason[0] == "no error text"


RUNNING = SlotStatus(
    node="node 1", device="cuda:0", training="attn+mlp, seed 1", epoch=3, epochs=9, score=0.8126
)


def test_a_running_study_says_how_many_slots_work_on_which_nodes_and_how_fast():
    free = [SlotStatus(node="node 1", device="cuda:1"), SlotStatus(node="node 2", device="cpu")]
    status = Status(slots=(RUNNING, *free), images_per_s={"node 1": 12345.6, "node 2": 0.0}, lost=2)
    assert status_sentence(status) == (
        "Running now: 1 of 3 slots on 2 nodes; node 1: 12,346 images/s; 2 jobs lost and started again."
    )
    rows = slot_rows(status, score="top-1, %")
    assert list(rows.columns) == ["node", "device", "trains", "epoch", "top-1, %", "so far"]
    assert rows.iloc[0].tolist() == ["node 1", "cuda:0", "attn+mlp, seed 1", "3 of 9", "81.3", []]
    assert rows["trains"].tolist() == ["attn+mlp, seed 1", "free", "free"]


def test_of_one_machine_the_node_is_left_out():
    status = Status(slots=(RUNNING,), images_per_s={}, lost=0)
    assert status_sentence(status) == "Running now: 1 of 1 slot."
    columns = list(slot_rows(status, score="top-1, %").columns)
    assert columns == ["device", "trains", "epoch", "top-1, %", "so far"]
