"""Which links to the architecture page a selection has."""

from dashboards.frontier.links import LinkedNetwork, architecture_links

A, B, C = (LinkedNetwork(text=text, setting={"classes": "10"}) for text in ("moat_0", "moat_1", "moat_2"))


def said(selected, beside):
    return [(link.label, link.url) for link in architecture_links(selected, beside)]


def test_one_can_be_opened_or_compared_with_each_of_the_others():
    assert said([A], {"baseline": B, "pick": A}) == [
        ("Open the selected network", "architecture?text=moat_0&classes=10"),
        (
            "Compare the selected network with the baseline",
            "architecture?text=moat_0&other=moat_1&classes=10",
        ),
    ]


def test_two_are_compared():
    assert said([A, B], {"pick": C}) == [
        ("Compare the two selected networks", "architecture?text=moat_0&other=moat_1&classes=10")
    ]


def test_with_nothing_selected_it_is_the_pick():
    assert [label for label, _ in said([], {"pick": A, "baseline": B})] == [
        "Open the pick",
        "Compare the pick with the baseline",
    ]


def test_of_many_and_of_none_there_is_no_link():
    assert said([A, B, C], {"pick": A}) == []
    assert said([], {"baseline": A}) == []


def test_a_text_of_the_language_survives_the_address():
    (opened,) = architecture_links([LinkedNetwork(text="stem(8) | 2x mbconv+attn @32", setting={})], {})
    assert opened.url == "architecture?text=stem%288%29+%7C+2x+mbconv%2Battn+%4032"
