import pytest

from moat_lab import cost
from moat_lab.errors import UserError
from moat_lab.records import SourcedClaim
from moat_lab.report.names import labels
from moat_lab.study.plan import make_plan
from moat_lab.study.study_spec import load_study


def test_costs_are_those_of_the_networks_that_are_trained(plan):
    for variant in plan.variants:
        price = cost(variant.network, 16, num_classes=10, in_chans=1)
        assert (variant.costs["params"], variant.costs["macs"]) == (price.params, price.macs)
    assert [variant.factors for variant in plan.variants] == [
        {"layer": "mbconv"},
        {"layer": "mbconv(se=0.25)"},
    ]
    assert plan.baseline == plan.variants[0].key


def test_points_with_the_same_text_are_one_variant(study_file):
    text = (
        study_file.read_text()
        .replace("1x layer @8", "1x layer, n x layer @8")
        .replace("where", "where n in 1..2,")
    )
    study_file.write_text(
        text.replace("layer in {", "m in 1..1, layer in {").replace("1x layer,", "m x layer,")
    )
    assert len(make_plan(load_study(study_file), seeds=1, command="").variants) == 4
    study_file.write_text(
        text.replace("1x layer, n x layer @8", "n x layer, m x layer @8").replace("where", "where m in 1..2,")
    )
    plan = make_plan(load_study(study_file), seeds=1, command="")
    assert len(plan.variants) == 6  # depths 2, 3, 3 and 4
    assert plan.variants[1].factors["m"] == "1"


TWO = (
    "stem(4) | n x mbconv(expand=e) @w | 1x mbconv @64 for 16px where n in 1..2, e in {2, 4}, w in {32, 48}\n"
    "baseline: {n: 1, e: 4, w: 32}\n"
)


def planned(path, text):
    path.write_text(path.read_text().split("space: ")[0] + f"space: {TWO}recipe: tiny\nseeds: 1\n{text}")
    return make_plan(load_study(path), seeds=1, command="")


@pytest.mark.parametrize(
    ("design", "networks"), [("full", 8), ("one_out", 4), ("one_in", 5), ("{fractional: 3}", 4)]
)
def test_a_design_chooses_its_points_the_baseline_among_them(study_file, design, networks):
    plan = planned(study_file, f"design: {design}\n")
    assert len(plan.variants) == networks
    assert plan.baseline in {variant.key for variant in plan.variants}


def test_a_design_that_does_not_suit_the_space_is_said(study_file):
    text = study_file.read_text().replace("{mbconv, ", "{mbconv, mlp, ")
    study_file.write_text(text + "design: one_in\n")
    with pytest.raises(UserError, match="design one_in needs two levels of every factor; got 3"):
        load_study(study_file)


def test_matched_variants_have_the_cost_of_the_baseline(study_file):
    plan = planned(study_file, "design: one_out\nmatch: macs\n")
    baseline = next(variant for variant in plan.variants if variant.key == plan.baseline)
    assert all(abs(variant.costs["macs"] / baseline.costs["macs"] - 1) <= 0.02 for variant in plan.variants)
    assert [variant.matched for variant in plan.variants if variant.key != plan.baseline] == ["macs"] * 3
    assert plan.unmatched == ()
    assert plan.readings == {"macs": plan.variants}


def test_both_readings_share_the_baseline_and_are_told_apart_by_name(study_file):
    plan = planned(study_file, "design: one_out\nmatch: [none, params]\nmargin: 0.5pt\n")
    assert plan.margin == 0.005
    written, matched = plan.readings["none"], plan.readings["params"]
    assert len(written) == 4
    assert plan.baseline in {v.key for v in written} & {v.key for v in matched}
    assert {labels(plan)[v.key] for v in matched if v.matched} == {
        "n=2 (same params)",
        "e=2 (same params)",
        "w=48 (same params)",
    }


def test_what_no_widths_bring_to_the_baselines_cost_is_said(study_file):
    text = "space: stem(4) | 1x layer @32 for 16px where layer in {attn, attn+mlp}"
    head = study_file.read_text().split("space: ")[0]
    study_file.write_text(f"{head}{text}\nrecipe: tiny\nseeds: 1\nmatch: macs\n")
    plan = make_plan(load_study(study_file), seeds=1, command="")
    (said,) = plan.unmatched
    assert said.startswith(
        "`layer=attn+mlp` cannot have the baseline's MACs with widths that keep the stages'"
    )
    assert "within a factor of 2: the nearest found give +" in said
    assert len(plan.variants) == 1


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("margin: 0.5 %", "points of percent above 0, up to 100, are needed, such as 0.5pt; got '0.5 %'"),
        ("match: [macs, macs]", "match: each reading once; got macs, macs"),
        ("match: flops", "match"),
        ("design: half", "design"),
    ],
)
def test_what_no_design_can_be_made_of_is_said(study_file, line, message):
    with pytest.raises(UserError) as error:
        planned(study_file, f"{line}\n")
    assert message in str(error.value)


def test_a_point_that_scaling_makes_another_points_network_is_said(study_file):
    head = study_file.read_text().split("space: ")[0]
    space = "space: stem(4) | 1x mbconv @w for 16px where w in {32, 64}"
    study_file.write_text(f"{head}{space}\nrecipe: tiny\nseeds: 1\nmatch: [none, macs]\n")
    plan = make_plan(load_study(study_file), seeds=1, command="")
    assert len(plan.variants) == 2
    assert plan.unmatched == ("`w=64` with the baseline's MACs is the network of `w=32`.",)


def test_a_claim_names_a_variant(study_file):
    study_file.write_text(study_file.read_text() + 'claims: {"mbconv(se=0.25)": better}\n')
    assert make_plan(load_study(study_file), seeds=1, command="").claims == {
        "mbconv(se=0.25)": SourcedClaim(claim="better")
    }
    study_file.write_text(study_file.read_text().replace('"mbconv(se', '"mbconv(e'))
    with pytest.raises(UserError, match=r"claims: no variant is named .*\n  did you mean"):
        make_plan(load_study(study_file), seeds=1, command="")


@pytest.mark.parametrize(
    ("claim", "named"),
    [
        ("mbconv(se=0.5)", "variant"),
        ("mbconv(se=0.25) over mbconv(se=0.5)", "variant"),
        ("w=8 x block=mbconv", "interaction"),
    ],
)
@pytest.mark.parametrize("match", ["none", "macs"])
def test_a_claim_that_names_nothing_is_an_error_in_every_reading(study_file, claim, named, match):
    study_file.write_text(study_file.read_text() + f'match: {match}\nclaims: {{"{claim}": better}}\n')
    with pytest.raises(UserError, match=f"claims: no {named} is named"):
        make_plan(load_study(study_file), seeds=1, command="")


CELLS = "design: one_out\ncells: [w, n]\nmatch: [none, macs]\nclaims:\n  e=2: {claim: worse, effect: 0.4pt}\n"


def test_a_design_is_trained_in_every_cell_with_seeds_of_the_cells_own(study_file):
    plan = planned(study_file, CELLS)
    written = [v for v in plan.variants if not v.matched]
    cells = [("32", "1"), ("48", "1"), ("32", "2"), ("48", "2")]
    assert [(v.factors["w"], v.factors["n"]) for v in written[::2]] == cells
    assert [plan.seeds_of(v.key) for v in written] == [(0,), (0,), (1,), (1,), (2,), (2,), (3,), (3,)]
    assert {v.factors["e"] for v in plan.baselines.values()} == {"4"}


def test_in_each_cell_costs_are_matched_to_the_baseline_there(study_file):
    plan = planned(study_file, CELLS)
    matched = [v for v in plan.variants if v.matched]
    assert len(matched) == 4
    for v in matched:
        assert v.costs["macs"] == pytest.approx(plan.baselines[plan.cell_of(v)].costs["macs"], rel=0.02)


def test_the_effect_that_a_claims_source_reports_is_known_of_its_networks(study_file):
    plan = planned(study_file, CELLS)
    assert {(v.factors["e"], v.effect) for v in plan.variants} == {("4", None), ("2", 0.004)}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("cells: [v]\n", "cells: there is no factor 'v'\n  factors: n, e, w"),
        ("cells: [w, n, e]\n", "cells: a factor to compare is needed beside them; got n, e, w"),
        ("cells: [w]\ndesign: {fractional: 5}\n", "cells: they are for a design that is full, one_out or"),
        ("looks: [5, 3]\n", "looks: numbers of seeds rise; got 5, 3"),
        ("claims:\n  e=2: {claim: worse, effect: 4}\n", "claims.e=2"),
        (
            "claims:\n  e=2: {claim: worse, effect: 4px}\n",
            "claims: effect of 'e=2': points of percent above 0",
        ),
    ],
)
def test_a_mistake_about_cells_looks_and_effects_is_said(study_file, text, message):
    with pytest.raises(UserError) as error:
        planned(study_file, text)
    assert message in str(error.value)


def test_two_cells_with_one_baseline_are_refused(study_file):
    blocks = "n x mbconv(expand=e), m x mbconv(expand=e) @32"
    space = f"stem(4) | {blocks} for 16px where n in 1..2, m in 1..2, e in {{2, 4}}"
    study_file.write_text(
        study_file.read_text().split("space: ")[0] + f"space: {space}\nrecipe: tiny\ncells: [n, m]\n"
    )
    with pytest.raises(
        UserError, match="cells: another baseline is needed in each cell; that of n=2, m=1 is"
    ):
        make_plan(load_study(study_file), seeds=1, command="")
