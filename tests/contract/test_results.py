"""Laws of every committed result: it answers the study as it stands, and is what its evaluations say."""

from dataclasses import replace
from io import StringIO
from pathlib import Path

import pandas as pd
import pytest

from moat_lab.analysis import averaged, averaged_summary, curves, interaction_table
from moat_lab.analysis.calibration import calibration_table
from moat_lab.analysis.search_tables import hypervolume_by_trial, search_summary
from moat_lab.analysis.tables import with_score_names
from moat_lab.lookup import STUDY, find_file
from moat_lab.records import Plan, ResultsFolder, Variant
from moat_lab.report.ablation import ablation_markdown
from moat_lab.report.ablation.latex import latex_table
from moat_lab.report.calibration import calibration_markdown, runs_of
from moat_lab.report.overview import read_overview
from moat_lab.report.overview.markdown import overview_markdown
from moat_lab.report.overview.write import claims_csv
from moat_lab.report.search import search_markdown
from moat_lab.study.plan import make_plan, schedule_plans
from moat_lab.study.study_spec import load_study, with_sizes

RESULTS = Path(__file__).parents[2] / "results"


@pytest.fixture(params=ResultsFolder.below(RESULTS), ids=lambda folder: str(folder.path.relative_to(RESULTS)))
def folder(request):
    return request.param


def test_the_plan_is_that_of_the_study_today(folder):
    plan = folder.read_plan()
    study, _, schedule = plan.name.partition("/")
    spec = with_sizes(load_study(find_file(STUDY, study)))  # as the command does it
    options = {"seeds": len(plan.seeds), "command": plan.command}
    asked = schedule_plans(spec, **options)[schedule] if schedule else make_plan(spec, **options)
    asked = replace(asked, earlier_looks=plan.earlier_looks)
    if plan.tuning:  # what was chosen stands in the recipe
        asked = replace(asked, recipe=plan.recipe, recipe_key=plan.recipe_key, tuning=plan.tuning)
    assert plan == replace(asked, variants=plan.variants if plan.search else as_recorded(asked, plan))
    assert plan.command.startswith(f"python -m moat_lab.study {study}")


def as_recorded(asked: Plan, plan: Plan) -> tuple[Variant, ...]:
    """The variants with the costs that were known when the plan was written; metrics are added later."""
    known = plan.variants[0].costs.keys()
    return tuple(replace(v, costs={name: v.costs[name] for name in known}) for v in asked.variants)


def test_every_evaluation_is_there_and_whole(folder):
    plan, reading = folder.read_plan(), folder.read()
    assert reading.damaged == ()
    have = {(e.network_key, e.recipe_key, e.seed) for e in reading.evaluations}
    tried = {*plan.tuning_recipes.values()}
    wanted = {(v.key, plan.recipe_key, seed) for v in plan.networks for seed in plan.seeds_of(v.key)}
    assert {run for run in have if run[1] not in tried} == wanted


def as_csv(table, plan) -> str:
    return with_score_names(table, plan).to_csv(index=False, lineterminator="\n")


def cells(text: str) -> pd.DataFrame:
    """A table as it is written, cell by cell."""
    return pd.read_csv(StringIO(text), dtype=str, keep_default_na=False)


def check_search_table(written: str, found: str) -> None:
    """All cells are the same; what a Gaussian process says, whose last digits a processor decides, nearly."""
    tables = [cells(written), cells(found)]
    modelled = [column for column in tables[0] if column.endswith(("_shrunken", "_error"))]
    assert len(modelled) == 2
    numbers = [table[modelled].astype("float64") for table in tables]
    pd.testing.assert_frame_equal(*numbers, rtol=1e-6)
    pd.testing.assert_frame_equal(*(table.drop(columns=modelled) for table in tables))


def test_the_tables_and_the_report_follow_from_the_evaluations(folder):
    plan, reading = folder.read_plan(), folder.read()
    if plan.search:
        found_table = search_summary(plan, reading)
        volumes = hypervolume_by_trial(found_table, plan.search)
        check_search_table(folder.summary_file.read_text(), as_csv(found_table, plan))
        assert (folder.path / "hypervolume.csv").read_text() == volumes.to_csv(
            index=False, lineterminator="\n"
        )
        report = search_markdown(plan, plan.search, reading, found_table, volumes, folder)
        assert folder.report_file.read_text() == report
        return
    table = averaged_summary(plan, reading.evaluations)
    assert folder.summary_file.read_text() == as_csv(table, plan)
    lines = curves(plan, reading.evaluations)
    assert (folder.path / "curves.csv").read_text() == as_csv(lines, plan)
    assert (folder.path / "table.tex").read_text() == latex_table(averaged(plan), table)
    together = interaction_table(plan, reading.evaluations)
    if not together.empty:
        kept = (folder.path / "interactions.csv").read_text()
        assert kept == together.to_csv(index=False, lineterminator="\n")
    assert folder.report_file.read_text() == ablation_markdown(plan, reading, table, folder)


def test_the_overview_follows_from_plans_and_evaluations():
    overview = read_overview(RESULTS)
    assert (RESULTS / "README.md").read_text() == overview_markdown(overview)
    assert (RESULTS / "claims.csv").read_text() == claims_csv(overview)


def test_the_evaluations_come_from_committed_code(folder):
    commits = {e.environment["commit"] for e in folder.read().evaluations}
    assert all(commit and commit != "unknown" and not commit.endswith("dirty") for commit in commits)


def test_the_default_studys_baseline_is_neither_at_the_ceiling_nor_lost():
    folder = ResultsFolder(RESULTS / "ablate_order")
    plan = averaged(folder.read_plan())
    table = averaged_summary(folder.read_plan(), folder.read().evaluations).set_index("key")
    assert 0.7 <= table["score"][plan.baseline] <= 0.95


@pytest.mark.parametrize(
    "folder", sorted(ResultsFolder(path.parent) for path in RESULTS.glob("*/calibration.json"))
)
def test_a_calibrations_table_and_report_follow_from_the_evaluations(folder):
    asked = folder.read_calibration()
    runs = runs_of(folder, asked)
    table = calibration_table(runs, asked.outlier)
    assert tuple(runs) == asked.schedules
    assert folder.calibration_table_file.read_text() == as_csv(table, next(iter(runs.values()))[0])
    assert folder.report_file.read_text() == calibration_markdown(asked, runs, table)
