"""Tables of each reading, and claims held against them."""

from dataclasses import replace

import pytest

from moat_lab.analysis import summary
from moat_lab.records import ResultsFolder, SourcedClaim
from moat_lab.report.ablation import result_sections
from moat_lab.report.claims import checked_claims
from moat_lab.report.claims.columns import would_take
from moat_lab.report.claims.names import claims_without_variant
from moat_lab.report.claims.section import claim_sections, tally
from moat_lab.report.names import labels


def known(folder):
    plan = ResultsFolder(folder).read_plan()
    return plan, summary(plan, evaluations(folder))


def evaluations(folder):
    return ResultsFolder(folder).read().evaluations


def test_each_reading_has_its_table_under_its_name(two_readings):
    plan, table = known(two_readings)
    sections = result_sections(plan, table, labels(plan))
    assert [text for text in sections if text.startswith("###")] == [
        "### As written",
        "### At the baseline's MACs",
    ]
    written, matched = (text.splitlines() for text in sections if text.startswith("| variant"))
    assert [line.split("`")[1] for line in written[2:]] == ["baseline", "w=16", "se=1", "w=16, se=1"]
    assert [line.split("`")[1] for line in matched[2:]] == [
        "baseline",
        "w=16 (same MACs)",
        "w=16, se=1 (same MACs)",
    ]


def test_what_could_not_be_matched_is_listed(two_readings):
    plan, table = known(two_readings)
    sections = result_sections(plan, table, labels(plan))
    assert "- `w=8, se=1` cannot have the baseline's MACs." in sections
    (said,) = [text for text in sections if text.startswith("Widths of stages are scaled until the MACs")]
    assert "within 2 % of the baseline's" in said


def test_where_widths_are_scaled_they_are_shown(two_readings):
    plan, _ = known(two_readings)
    wide = [replace(v, network=f"stem(16) | 1x mbconv @16 | 2x mlp @{v.factors['w']}") for v in plan.variants]
    plan = replace(plan, variants=tuple(wide))
    sections = result_sections(plan, summary(plan, evaluations(two_readings)), labels(plan))
    written, matched = (text.splitlines() for text in sections if text.startswith("| variant"))
    assert [line.split(" | ")[1] for line in matched] == ["widths", "---", "16/8", "16/16", "16/16"]
    assert written[0].startswith("| variant | seeds |")


def test_one_reading_needs_no_name(small):
    plan, table = known(small)
    assert [text for text in result_sections(plan, table, labels(plan)) if text.startswith("###")] == []


def test_claims_are_checked_in_each_reading(two_readings):
    plan, table = known(two_readings)
    found = checked_claims(plan, table, evaluations(two_readings))
    assert [(j.reading, j.variant, j.stated.claim, j.tested.verdict, j.agreement) for j in found] == [
        ("none", "w=16", "worse", "equivalent", "contradicts"),
        ("none", "se=1", "not better", "equivalent", "agrees"),
        ("none", "w=16, se=1", "better", "better", "agrees"),
        ("macs", "w=16", "worse", "equivalent", "contradicts"),
        ("macs", "se=1", "not better", "no network of its own", "not testable"),
        ("macs", "w=16, se=1", "better", "equivalent", "contradicts"),
    ]
    assert [j.tested.effect for j in found][:3] == pytest.approx([0.01 / 3, 0.01 / 3, 0.12])
    assert tally(found) == "2 agree, 3 contradict, 0 underpowered, 1 not testable"
    assert tally(found[:1]) == "0 agree, 1 contradicts, 0 underpowered"


def test_a_claim_about_no_variant_or_the_baseline_is_named(two_readings):
    plan, _ = known(two_readings)
    assert claims_without_variant(plan, plan.claims) == ("w=32",)
    assert claims_without_variant(plan, {"baseline": "better", "se=1": "worse"}) == ("baseline",)


def test_a_claim_may_be_about_an_interaction_or_about_two_variants(two_readings):
    plan, table = known(two_readings)
    names = ("se=1 x w=16", "w=16, se=1 over w=16", "w=16 over se=1")
    claims = dict.fromkeys(names, SourcedClaim(claim="better"))
    found = checked_claims(replace(plan, claims=claims), table, evaluations(two_readings))
    assert [(j.reading, j.variant, j.tested.verdict, j.agreement) for j in found] == [
        ("none", "se=1 x w=16", "better", "agrees"),
        ("none", "w=16, se=1 over w=16", "better", "agrees"),
        ("none", "w=16 over se=1", "equivalent", "contradicts"),
        ("macs", "se=1 x w=16", "no network of its own", "not testable"),
        ("macs", "w=16, se=1 over w=16", "equivalent", "contradicts"),
        ("macs", "w=16 over se=1", "no network of its own", "not testable"),
    ]
    assert found[0].evidence == "+11.33 [+9.90, +12.77], better"
    assert found[1].tested.effect == pytest.approx(0.35 / 3)
    lost = {"w=16 x se=2": "better", "w=16 over w=32": "better", "w=16 over se=1 over w=16": "worse"}
    assert claims_without_variant(plan, lost) == tuple(lost)


def test_the_report_shows_claims_and_whether_the_data_agree(two_readings):
    plan, table = known(two_readings)
    sections = claim_sections(plan, table, evaluations(two_readings))
    assert sections[:2] == ["## Against the expected answer", "### As written"]
    rows = sections[2].splitlines()
    assert rows[2] == (
        "| `w=16` | worse | number | -2.00 points | +0.33 [-1.10, +1.77], equivalent | contradicts |"
    )
    assert sections[3] == "Of the claims: 2 agree, 1 contradicts, 0 underpowered."
    assert sections[-2] == (
        "- `w=16`: a number read from a table of the source (Yang et al. 2023, arXiv 2210.01820; a table); "
        "written before the training\n- `se=1`: our own hypothesis (nobody)"
    )
    assert sections[-1] == "Names no variant, and is held against nothing: `w=32` (better)."


def test_without_claims_there_is_no_such_section(two_readings):
    plan, table = known(two_readings)
    assert claim_sections(replace(plan, claims={}), table, ()) == []


def test_the_power_is_for_the_sources_effect_else_for_the_margin(two_readings):
    plan, table = known(two_readings)
    by_source, by_margin, *_ = checked_claims(plan, table, evaluations(two_readings))
    assert (by_source.asked, by_margin.asked) == (0.02, 0.05)
    assert by_source.tested.sd == pytest.approx(0.01 / 3**0.5)
    # TTestPower().power(0.02 / sd, 3, 0.04 / 5) of statsmodels; with 4 seeds it gives 0.68
    assert by_source.power == pytest.approx(0.25538, abs=1e-5)
    assert by_source.needed_seeds == 5


def test_what_would_decide_a_claim_is_said_where_it_is_underpowered(two_readings):
    plan, table = known(two_readings)
    undecided = table.assign(verdict="underpowered")
    first, *_ = checked_claims(plan, undecided, evaluations(two_readings))
    assert would_take(plan, first) == "5 seeds for 2 points on digits"
    assert first.agreement == "underpowered"
    assert would_take(plan, checked_claims(plan, table, evaluations(two_readings))[0]) == ""
