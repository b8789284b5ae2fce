from moat_lab import cost
from moat_lab.study.plan import make_plan
from moat_lab.study.question import load_question


def test_costs_are_those_of_the_networks_that_are_trained(plan):
    for variant in plan.variants:
        price = cost(variant.network, 16, num_classes=10, in_chans=1)
        assert (variant.params, variant.macs) == (price.params, price.macs)
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
    assert len(make_plan(load_question(study_file), seeds=1, command="").variants) == 4
    study_file.write_text(
        text.replace("1x layer, n x layer @8", "n x layer, m x layer @8").replace("where", "where m in 1..2,")
    )
    plan = make_plan(load_question(study_file), seeds=1, command="")
    assert len(plan.variants) == 6  # depths 2, 3, 3 and 4
    assert plan.variants[1].factors["m"] == "1"
