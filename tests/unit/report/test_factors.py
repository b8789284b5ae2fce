"""What the factors of a plan are."""

from dataclasses import replace

from moat_lab.records import Search, Variant
from moat_lab.report.factors import factor_meanings, factor_sections, factor_titles


def with_networks(plan, *networks):
    """Of two factors, the baseline first."""
    variants = tuple(
        Variant(key=f"{i:012x}", network=text, factors=factors, costs=plan.variants[0].costs)
        for i, (factors, text) in enumerate(networks)
    )
    return replace(plan, variants=variants, baseline=variants[0].key)


def test_a_factor_is_what_two_networks_differ_in_that_differ_in_it_alone(plan):
    crossed = with_networks(
        plan,
        ({"c": "16", "b": "mbconv"}, "stem(8) | 1x mbconv @8 | 1x mbconv @16"),
        ({"c": "32", "b": "mbconv"}, "stem(8) | 1x mbconv @8 | 1x mbconv @32"),
        ({"c": "16", "b": "mbconv(se=1)"}, "stem(8) | 1x mbconv @8 | 1x mbconv(se=1) @16"),
        ({"c": "16", "b": "attn(head=8)"}, "stem(8) | 1x mbconv @8 | 1x attn(head=8) @16"),
        ({"c": "32", "b": "attn(head=8)"}, "stem(8) | 1x mbconv @8 | 1x attn(head=8) @32"),
    )
    assert factor_meanings(crossed) == {"c": "width of stage 2", "b": "block of stage 2"}
    assert factor_titles(crossed) == {"c": "c: width of stage 2", "b": "b: block of stage 2"}
    assert factor_sections(crossed) == [
        "**Factors.** `c` is the width of stage 2; `b` is the block of stage 2."
    ]


def test_a_factor_that_never_changes_alone_keeps_its_name(plan):
    corners = with_networks(
        plan,
        ({"c": "16", "n": "1"}, "stem(8) | 1x mbconv @16"),
        ({"c": "32", "n": "2"}, "stem(8) | 2x mbconv @32"),
    )
    assert factor_meanings(corners) == {}
    assert factor_titles(corners) == {"c": "c", "n": "n"}


def test_networks_of_another_language_have_no_meaning(plan):
    odd = with_networks(
        plan, ({"c": "1"}, "stem(8) | 1x gadget @16"), ({"c": "2"}, "stem(8) | 1x gadget @32")
    )
    assert factor_sections(odd) == []


def test_the_factors_of_a_search_come_from_its_space(plan):
    search = Search(
        space="stem(8) | n x mbconv @w | 1x mbconv @2w where w in {8, 16}, n in {1, 2}",
        objectives=("top1", "macs"),
        limits={},
        reference={"top1": 0.0, "macs": 1e6},
        sampler={"name": "random"},
        trials=4,
    )
    searched = replace(with_networks(plan, ({"w": "8", "n": "1"}, "stem(8)")), search=search)
    assert factor_meanings(searched) == {"w": "width of stages 1 and 2", "n": "depth of stage 1"}
