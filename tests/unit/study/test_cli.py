import os
import shutil
from dataclasses import replace

import pytest
from typer.testing import CliRunner

from moat_lab.device import devices_of
from moat_lab.errors import UserError
from moat_lab.records import ResultsFolder
from moat_lab.study.__main__ import app
from moat_lab.study.cli import StudyOptions, plan_for, workers_of
from moat_lab.study.study_spec import load_study
from tests.unit.recorded import ended_training


def test_a_device_that_is_not_all_gpus_is_itself():
    assert devices_of("cpu") == ("cpu",)
    assert devices_of("cuda:1") == ("cuda:1",)


@pytest.mark.parametrize(
    ("workers", "per_device", "device", "expected"),
    [
        (0, 3, "cuda:1", 3),
        (3, 3, "cuda:1", 3),
        (0, 2, "cpu", 2),
        (5, 0, "cpu", 5),
        (0, 0, "cuda:0", 1),
        (0, 0, "cpu", os.cpu_count()),
    ],
)
def test_trainings_at_a_time(workers, per_device, device, expected):
    assert workers_of(workers=workers, per_device=per_device, device=device) == expected


def test_workers_that_contradict_the_devices_are_a_mistake():
    with pytest.raises(UserError) as error:
        workers_of(workers=3, per_device=2, device="cuda:1")
    assert str(error.value) == (
        "--per-device 2 is 2 trainings at a time on 1 device; got --workers 3\n  one of the two is enough"
    )


def test_what_goes_on_trains_together_again(tmp_path):
    options = StudyOptions(
        name="se",
        seeds=0,
        target_half_width="",
        budget="",
        workers=0,
        per_device=0,
        together=True,
        device="cpu",
        engine="",
        results=tmp_path,
        storage="",
    )
    assert options.extras == f" --results {tmp_path} --together"
    assert replace(options, engine="ray").extras == f" --engine ray --results {tmp_path} --together"


def test_a_study_trains_its_seeds_together_and_keeps_a_record_of_each(study_file, tmp_path):
    given = [str(study_file), "--together", "--per-device", "1", "--results", str(tmp_path / "runs")]
    done = CliRunner().invoke(app, given)
    assert done.exit_code == 0, done.output
    assert "4 of 4 trainings to do, 2 at a time." in done.output
    assert "seed 1: top-1" in done.output
    records = ResultsFolder(tmp_path / "runs" / "se").read().evaluations
    assert [e.environment["seeds_together"] for e in records] == [[0, 1]] * 4


def failed(plan, seed):
    """The record of a training of the plan's first network that failed."""
    return ended_training(plan, plan.variants[0], seed, None, error="RuntimeError: no", final_loss=None)


@pytest.mark.parametrize(
    "name",
    [
        "{network}-{recipe}-2 (copy).json",
        "{network}-{recipe}-2-copy.json",
        "{network}-{recipe}-3.json",
        "{network}-{recipe}-02.json",
        "{network}-{recipe}-٣.json",
        "{network}-{recipe}-999999999.json",
        "copy of {network}-{recipe}-2.json",
    ],
)
def test_a_copied_record_adds_no_seeds(study_file, tmp_path, plan, name):
    store = ResultsFolder(tmp_path / "runs" / "se").evaluations
    record = store.append(failed(plan, 2))
    copy = store.folder / name.format(network=plan.variants[0].key, recipe=plan.recipe_key)
    shutil.copy(record, copy)
    planned = plan_for(load_study(study_file), "se", seeds=0, folder=ResultsFolder(tmp_path / "runs" / "se"))
    assert planned.seeds == (0, 1, 2)
    assert [item.path.name for item in store.read().damaged] == [copy.name]


def test_a_whole_record_of_a_seed_that_no_study_has_adds_no_seeds(study_file, tmp_path, plan):
    ResultsFolder(tmp_path / "runs" / "se").evaluations.append(failed(plan, 999_999_999))
    assert plan_for(
        load_study(study_file), "se", seeds=0, folder=ResultsFolder(tmp_path / "runs" / "se")
    ).seeds == (0, 1)


def test_fewer_seeds_than_are_there_are_all_that_are_there(study_file, tmp_path, plan):
    results = tmp_path / "runs"
    spec = load_study(study_file)

    def planned(seeds, target=""):
        return plan_for(
            spec, "se", seeds=seeds, folder=ResultsFolder(results / "se"), target_half_width=target
        )

    assert (planned(0).seeds, planned(0).command) == ((0, 1), "python -m moat_lab.study se")
    for seed in range(4):
        ResultsFolder(results / "se").evaluations.append(failed(plan, seed))
    ResultsFolder(results / "se").evaluations.append(replace(failed(plan, 9), recipe_key="0" * 12))
    assert (planned(0).seeds, planned(0).command) == ((0, 1, 2, 3), "python -m moat_lab.study se --seeds 4")
    assert planned(3) == planned(0)
    assert planned(6).seeds == tuple(range(6))
    ResultsFolder(results / "se").write_plan(planned(0, target="0.7pt"))
    again = planned(0)
    assert (round(again.target_half_width, 6), again.command) == (
        0.007,
        "python -m moat_lab.study se --seeds 4 --target-half-width 0.7pt",
    )


def test_a_search_does_not_train_seeds_together(study_file, tmp_path):
    study_file.write_text(
        "question: Which?\nspace: stem(4) | n x mbconv @8 for 16px where n in 1..2\nrecipe: tiny\nseeds: 2\n"
        "sampler: random\ntrials: 2\n"
    )
    done = CliRunner().invoke(app, [str(study_file), "--together", "--results", str(tmp_path / "runs")])
    assert isinstance(done.exception, UserError)
    assert "--together is for studies" in str(done.exception)


def test_a_study_of_which_every_training_failed_says_so_and_exits_with_1(study_file, tmp_path):
    recipe = study_file.parent / "recipes" / "tiny.yaml"
    recipe.write_text(
        recipe.read_text().replace("learning_rate: 0.01", "learning_rate: 1e30\noptimizer: sgd")
    )
    given = [str(study_file), "--seeds", "1", "--workers", "1", "--results", str(tmp_path / "runs")]
    done = CliRunner().invoke(app, given)
    assert done.exit_code == 1, done.output
    assert "Every training failed (2), so nothing can be said. The last: " in done.output
    report = (tmp_path / "runs" / "se" / "report.md").read_text()
    assert "Every training failed (2), so nothing can be said." in report


ONE_PIXEL = "stem(4) | 1x mbconv @8 | 1x mbconv @8(stride=s) | 1x mbconv @8 for 16px where s in {1, 2}"


@pytest.mark.parametrize("words", [["--dry-run"], []])
@pytest.mark.parametrize("more", ["", "\nsampler: random\ntrials: 2", "\nschedules: [brief]"])
def test_a_batch_of_one_on_a_map_of_one_pixel_is_refused_before_a_training(study_file, tmp_path, words, more):
    recipes, folder = study_file.parent / "recipes", tmp_path / "runs"
    text = (recipes / "tiny.yaml").read_text().replace("batch: 20", "batch: 1")
    (recipes / "tiny.yaml").write_text(text)
    (recipes / "brief.yaml").write_text(
        text.replace("epochs: 2", "epochs: 1").replace("points: 2", "points: 1")
    )
    study_file.write_text(f"question: Which?\nspace: {ONE_PIXEL}\nrecipe: tiny\nseeds: 2{more}\n")
    done = CliRunner().invoke(app, [str(study_file), *words, "--results", str(folder)])
    assert isinstance(done.exception, UserError)
    assert "one, with batch 1 and a map of one pixel in stage 3 at 16 px, of stem(4)" in str(done.exception)
    assert not folder.exists()


@pytest.mark.parametrize("words", [["--dry-run"], ["--workers", "1"]])
def test_what_data_were_found_is_said_before_a_training(study_file, tmp_path, words):
    done = CliRunner().invoke(app, [str(study_file), *words, "--results", str(tmp_path / "runs")])
    assert done.exit_code == 0, done.output
    lines = done.output.splitlines()
    assert lines[:2] == [
        "Does squeeze-excite help?",
        "digits: train 40 and val 50 of 1,797 images; 10 classes",
    ]


def test_a_calibration_says_what_each_schedule_trains_on(study_file, tmp_path):
    recipes = study_file.parent / "recipes"
    brief = (recipes / "tiny.yaml").read_text().replace("train: 40", "train: 20")
    (recipes / "brief.yaml").write_text(brief)
    study_file.write_text(study_file.read_text() + "schedules: [brief]\n")
    done = CliRunner().invoke(app, [str(study_file), "--dry-run", "--results", str(tmp_path / "runs")])
    assert done.output.splitlines()[1:3] == [
        "digits: train 40 and val 50 of 1,797 images; 10 classes",
        "digits: train 20 and val 50 of 1,797 images; 10 classes",
    ]


def test_seeds_added_after_a_report_know_the_looks_before(study_file, tmp_path):
    spec, folder = load_study(study_file), ResultsFolder(tmp_path / "se")

    def run(seeds, target=""):
        """As a command that writes its plan and its report."""
        planned = plan_for(spec, "se", seeds=seeds, folder=folder, target_half_width=target)
        folder.write_plan(planned)
        folder.report_file.write_text("")
        return planned.earlier_looks

    assert [run(3), run(3), run(5), run(5), run(10)] == [(), (), (3,), (3,), (3, 5)]
    assert [run(20, "0.5pt"), run(30, "0.5pt"), run(40)] == [(3, 5, 10), (3, 5, 10), (3, 5, 10, 30)]


def test_seeds_that_no_report_has_shown_are_no_look(study_file, tmp_path):
    spec, folder = load_study(study_file), ResultsFolder(tmp_path / "se")
    folder.write_plan(plan_for(spec, "se", seeds=3, folder=folder))
    assert plan_for(spec, "se", seeds=5, folder=folder).earlier_looks == ()


def test_a_width_is_refused_over_cells_and_for_shares(study_file, tmp_path):
    study_file.write_text(study_file.read_text() + "outcome: {success: 0.5}\n")
    given = [str(study_file), "--results", str(tmp_path / "runs"), "--target-half-width", "1pt"]
    done = CliRunner().invoke(app, given)
    assert isinstance(done.exception, UserError)
    assert "--target-half-width is for means without cells; --seeds adds seeds here" in str(done.exception)
