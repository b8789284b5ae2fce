"""More seeds until the intervals are narrow: how many, and when to stop."""

import dataclasses
import math

import pytest
from typer.testing import CliRunner

from moat_lab.errors import UserError
from moat_lab.records import Reading, ResultsFolder
from moat_lab.study.__main__ import app
from moat_lab.study.half_width import half_width_sentence, parse_budget, run_to_half_width, seeds_for
from moat_lab.study.run import StudyResult
from tests.unit.recorded import ended_training


@pytest.fixture
def plan(plan):
    """Of so many images that the spread of seeds is never below what counting them makes it."""
    return dataclasses.replace(plan, recipe={**plan.recipe, "val": 10**6})


def reading(plan, sd, seeds):
    """Scores whose paired differences have about this deviation: +sd and -sd in turn."""
    return Reading(
        evaluations=tuple(
            ended_training(plan, variant, seed, 0.5 + i * sd * (-1) ** seed)
            for seed in range(seeds)
            for i, variant in enumerate(plan.variants)
        ),
        damaged=(),
    )


def planned(plan, seeds):
    return dataclasses.replace(plan, seeds=tuple(range(seeds)))


def searched(plan, half_width, *, sd, seeds=2, budget_s=math.inf, seconds=1.0):
    """What `run_to_half_width` runs: a list of numbers of seeds; each network and seed takes `seconds`."""
    ran, now = [], [0.0]

    def run(seeds):
        added = seeds - (ran[-1] if ran else 0)
        now[0] += added * len(plan.variants) * seconds
        ran.append(seeds)
        outcome = StudyResult(report=None, trained=added * len(plan.variants), failed=0)
        return planned(plan, seeds), outcome

    _, _, why = run_to_half_width(
        half_width,
        seeds=seeds,
        budget_s=budget_s,
        run=run,
        read=lambda: reading(plan, sd, ran[-1]),
        clock=lambda: now[0],
    )
    return ran, why


def test_seeds_are_added_at_most_doubled_until_the_interval_is_narrow(plan):
    assert searched(plan, 0.005, sd=0.01) == ([3, 6, 12, 23], "reached")
    assert searched(plan, 0.02, sd=0.001) == ([3], "reached")


def test_the_last_number_is_the_fewest_that_do(plan):
    assert seeds_for(0.005, planned(plan, 22), reading(plan, 0.01, 22)) == 22
    assert seeds_for(0.005, planned(plan, 21), reading(plan, 0.01, 21)) == 22


def test_the_end_says_whether_it_is_narrow_enough_and_what_it_would_take(plan):
    six, known = planned(plan, 6), reading(plan, 0.01, 6)
    assert half_width_sentence(0.02, six, known, "reached") == (
        "Each 95 % interval is within ±2 points, as asked, the widest ±1.53 points, with 6 seeds."
    )
    assert half_width_sentence(0.005, six, known, "budget") == (
        "Not reached: ±0.5 points were asked, the widest 95 % interval is ±1.53 points with 6 seeds. "
        "It would take about 25 seeds; the budget leaves no time for more."
    )


def test_three_seeds_are_the_fewest_and_nothing_finished_asks_for_no_more(plan):
    assert searched(plan, 0.005, sd=0.0, seeds=1) == ([3], "reached")
    assert seeds_for(0.005, planned(plan, 3), reading(plan, 0.01, 0)) == 3


def test_seeds_that_would_not_end_within_the_budget_are_not_begun(plan):
    assert searched(plan, 0.005, sd=0.01, budget_s=20.0) == ([3, 6, 10], "budget")


def test_a_budget_is_a_time():
    assert [parse_budget("30min"), parse_budget("2h"), parse_budget("1.5h"), parse_budget("90s")] == [
        1800, 7200, 5400, 90
    ]  # fmt: skip
    assert parse_budget("") == math.inf


@pytest.mark.parametrize("text", ["30", "²h", "٣h", "1h30", "nanh", "infh", "-1h", "8761h", "9" * 400 + "s"])
def test_what_is_no_time_or_more_than_a_year_is_no_budget(text):
    with pytest.raises(
        UserError, match=r"a time is such as 30min, 2h or 90s, and at most a year \(8760h\); got"
    ):
        parse_budget(text)


def test_the_command_line_adds_seeds_and_says_what_repeats_it(study_file, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    study_file.write_text(study_file.read_text().replace("seeds: 2", "seeds: 1"))
    done = CliRunner().invoke(app, ["se", "--workers", "1", "--target-half-width", "99pt", "--budget", "1h"])
    assert done.exit_code == 0, done.output
    plan = ResultsFolder(tmp_path / "runs" / "se").read_plan()
    assert plan.seeds == (0, 1, 2)
    assert plan.command == "python -m moat_lab.study se --seeds 3 --target-half-width 99pt"
    assert "Each 95 % interval is within ±99 points, as asked" in done.output
    assert "at most 99 points to each side; that was reached" in (tmp_path / "runs/se/report.md").read_text()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--budget", "1h"], "--budget is the time that --target-half-width may take"),
        (["--until", "0.5"], "are needed, such as 0.5pt; got '0.5'"),
        (["--target-half-width", "0.5pt", "--budget", "soon"], "a time is such as 30min"),
    ],
)
def test_what_a_target_cannot_be_is_said_before_anything_is_trained(
    study_file, tmp_path, monkeypatch, words, message
):
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(app, ["se", *words])
    assert message in str(done.exception)
    assert not (tmp_path / "runs").exists()
