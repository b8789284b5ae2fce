"""The section on whether attention is in use, and the claims that hang on it."""

from dataclasses import replace

import pytest

from moat_lab.analysis import interaction_table, summary
from moat_lab.records import ResultsFolder, SourcedClaim
from moat_lab.report.ablation import ablation_markdown
from moat_lab.report.claims import checked_claims
from moat_lab.report.mechanism import mechanism_sections
from moat_lab.report.names import labels, names_with_twins

TWIN = "0a0a0a0a0a0a"


@pytest.fixture
def with_twin():
    """A folder's plan and evaluations, where one variant has a twin with these gains over it."""

    def of(folder, index, gains):
        reading = ResultsFolder(folder).read()
        plan = ResultsFolder(folder).read_plan()
        variant = plan.variants[index]
        ended = [e for e in reading.evaluations if e.network_key == variant.key and e.status == "ok"]
        ended = sorted((e for e in ended if e.recipe_key == plan.recipe_key), key=lambda e: e.seed)
        twins = [
            replace(e, network_key=TWIN, scores={"top1": e.score + gain})
            for e, gain in zip(ended, gains, strict=False)
        ]
        plan = replace(plan, twins={variant.key: replace(variant, key=TWIN, network="frozen")})
        return plan, replace(reading, evaluations=(*reading.evaluations, *twins))

    return of


def test_a_study_without_twins_says_nothing_of_them(small):
    folder = ResultsFolder(small)
    assert mechanism_sections(folder.read_plan(), folder.read().evaluations) == []


def test_each_variant_stands_beside_its_twin(small, with_twin):
    plan, reading = with_twin(small, 0, (-0.05, -0.06, -0.07))
    title, sentence, table, method = mechanism_sections(plan, reading.evaluations)
    assert title == "## Is attention in use?"
    assert sentence == "Attention is in use in 1 of 1 variants that have it."
    assert table.splitlines() == [
        "| variant | seeds | learned less frozen, points [t 95 %] | attention |",
        "| --- | ---: | ---: | --- |",
        "| `mbconv+attn` | 3 | +6.00 [+3.52, +8.48] | in use |",
    ]
    assert "uniform average over its\nwindow" in method


def test_a_report_says_what_is_not_testable_and_why(small, with_twin):
    plan, reading = with_twin(small, 0, (0.002, -0.002, 0.001))
    folder = ResultsFolder(small)
    table = summary(plan, reading.evaluations)
    text = ablation_markdown(plan, reading, table, folder)
    assert (
        "Not testable here (attention is not shown to be in use on either side): "
        "`attn+mbconv`, `attn+mlp` [1 of 4 seeds failed]." in text
    )
    assert "mbconv+attn, attention frozen  [0a0a0a0a0a0a]\n    frozen" in text
    assert "not counted: 1 evaluation." in text  # the one of another recipe: twins belong to the study


def test_a_name_of_a_twin_is_that_of_its_variant_with_what_is_frozen(small, with_twin):
    plan, _ = with_twin(small, 1, ())
    assert names_with_twins(plan) == {**labels(plan), TWIN: "attn+mbconv, attention frozen"}


@pytest.mark.parametrize(("gain", "verdict"), [(-0.3, "worse"), (0.0, "not testable")])
def test_claims_of_two_variants_hang_on_the_mechanism_too(small, with_twin, gain, verdict):
    plan, reading = with_twin(small, 1, (gain, gain + 0.001, gain - 0.001))
    plan = replace(plan, claims={"attn+mlp over attn+mbconv": SourcedClaim(claim="worse")})
    (claim,) = checked_claims(plan, summary(plan, reading.evaluations), reading.evaluations)
    assert claim.tested.verdict == verdict
    assert claim.agreement == ("agrees" if verdict == "worse" else "not testable")


@pytest.mark.parametrize(("gain", "testable"), [(-0.3, True), (0.0, False)])
def test_interactions_hang_on_the_mechanism_too(two_readings, with_twin, gain, testable):
    plan, reading = with_twin(two_readings, 3, (gain, gain + 0.001, gain - 0.001))
    verdicts = interaction_table(plan, reading.evaluations)["verdict"].tolist()
    assert (verdicts == ["better"]) is testable
    assert (verdicts == ["not testable"]) is not testable
