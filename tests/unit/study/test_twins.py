"""A manipulation check in a study's file: its twins in the plan, in the run and in the report."""

from dataclasses import replace

import pytest
from typer.testing import CliRunner

from moat_lab.errors import UserError
from moat_lab.records import ResultsFolder
from moat_lab.records.plan import PLAN
from moat_lab.records.strict_json import from_text, to_text
from moat_lab.study.__main__ import app
from moat_lab.study.plan import make_plan
from moat_lab.study.study_spec import load_study

SPACE = "stem(4) | 1x layer @8 for 16px where layer in {attn(head=8), attn(head=8, pos=none), mbconv}"


@pytest.fixture
def checked_file(study_file):
    head = study_file.read_text().split("space: ")[0]
    study_file.write_text(f"{head}space: {SPACE}\nrecipe: tiny\nseeds: 2\nmanipulation_check: true\n")
    return study_file


def planned(path):
    return make_plan(load_study(path), seeds=2, command="")


def test_variants_with_attention_have_a_twin_each_and_may_share_it(checked_file):
    plan = planned(checked_file)
    first, second, convolution = plan.variants
    assert plan.twins.keys() == {first.key, second.key}
    assert {twin.network for twin in plan.twins.values()} == {
        "stem(4) | 1x attn(weights=uniform) @8 for 16px"
    }
    assert plan.twins[first.key].costs["macs"] == first.costs["macs"] - 16 * (2 * 8 * 8 + 2 * 16 * 8)
    assert [v.key for v in plan.networks] == [
        first.key,
        second.key,
        convolution.key,
        plan.twins[first.key].key,
    ]


def test_a_plan_keeps_its_twins_and_one_without_them_is_written_as_before(checked_file):
    checked = planned(checked_file)
    assert from_text(PLAN, to_text(PLAN, checked)) == checked
    assert "twins" not in to_text(PLAN, replace(checked, twins={}))


def test_a_plan_with_the_twin_of_no_variant_is_damaged(checked_file):
    text = to_text(PLAN, planned(checked_file))
    key = planned(checked_file).variants[1].key
    with pytest.raises(
        ValueError, match="twins: each should be that of a variant; got one of '000000000000'"
    ):
        from_text(PLAN, text.replace(f'"{key}": {{', '"000000000000": {'))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            ("where layer in {attn(head=8), attn(head=8, pos=none), mbconv}", "where layer in {mbconv, mlp}"),
            "manipulation_check: a variant with learned attention is needed; the study has none",
        ),
        (
            ("seeds: 2", "seeds: 2\nsampler: random\ntrials: 2"),
            "manipulation_check: a study of variants is needed; a search has none",
        ),
    ],
)
def test_a_check_that_cannot_be_made_is_said(checked_file, change, message):
    checked_file.write_text(checked_file.read_text().replace(*change))
    with pytest.raises(UserError) as error:
        planned(checked_file)
    assert message in str(error.value)


def test_twins_are_trained_once_and_reported(checked_file, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    asked = CliRunner().invoke(app, ["se", "--dry-run"])
    assert "attn(head=8), attention frozen" in asked.output.replace("\n", "")
    done = CliRunner().invoke(app, ["se", "--workers", "1"])
    assert done.exit_code == 0, done.output
    assert "8/8" in done.output
    folder = ResultsFolder(tmp_path / "runs" / "se")
    assert folder.read_plan().twins.keys() == {v.key for v in folder.read_plan().variants[:2]}
    report = folder.report_file.read_text()
    assert "## Is attention in use?" in report
    assert "not counted" not in report
    assert "in 8 evaluations" in report
    assert "All 8 trainings are there; none to do." in CliRunner().invoke(app, ["se"]).output
