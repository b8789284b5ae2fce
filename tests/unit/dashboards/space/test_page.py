"""The page in each state that what is typed can be in."""

import re
from urllib.parse import parse_qs, urlsplit

import pytest

SMALL = "stem(8) | 1x mbconv @w for 16px where w in {8, 16, 24}"


@pytest.fixture
def open_page(open_app):
    return lambda **asked: open_app("space", **asked)


def metrics(app):
    return {metric.label: metric.value for metric in app.metric}


def link(app):
    return app.get("link_button")[0].proto.url


def test_it_opens_with_a_space(open_page):
    app = open_page()
    assert not app.exception
    assert metrics(app) == {"networks": "120", "factors": "4"}
    assert app.caption[0].value == "Exact: all networks are counted."
    assert len(app.get("plotly_chart")) == 1


def test_budgets_say_which_share_keeps_them(open_page):
    app = open_page(space=SMALL, budgets="params <= 2k", classes="10", channels="1")
    assert metrics(app)["within the budgets"] == "33.3 %"
    assert app.query_params["budgets"] == "params <= 2k"


def test_extremes_are_listed_with_their_texts(open_page):
    rows = open_page(space=SMALL).dataframe[0].value
    assert rows[""].tolist() == [
        "least MACs",
        "most MACs",
        "least parameters",
        "most parameters",
        "least activations",
        "most activations",
        "least peak memory",
        "most peak memory",
    ]
    assert rows["network"].tolist()[:2] == [
        "stem(8) | 1x mbconv @8 for 16px",
        "stem(8) | 1x mbconv @24 for 16px",
    ]


def test_another_is_the_next_seeds_and_its_link_opens_it(open_page):
    app = open_page(space=SMALL, seed="3", classes="10")
    app.button[0].click().run()
    assert app.query_params["seed"] == "4"
    said = parse_qs(urlsplit(link(app)).query)
    assert urlsplit(link(app)).path == "architecture"
    assert said == {"text": [app.code[1].value], "classes": ["10"]}


def test_the_one_drawn_says_whether_it_keeps_the_budgets(open_page):
    app = open_page(space=SMALL, budgets="macs <= 1")
    assert app.text[0].value.endswith(", beyond the budgets")


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"space": "stem(8) | 1x mbconv @w where w in {8, 16"}, "column 41: "),
        ({"space": "stem(8) | 1x mbconv @w where v in {8, 16}"}, "column 22: "),
        ({"budgets": "mac <= 3M"}, "constraints: there is no cost 'mac'"),
        ({"resolution": "x"}, "a resolution is a side such as 224"),
    ],
)
def test_an_error_is_shown_and_nothing_else(open_page, asked, message):
    app = open_page(**asked)
    assert not app.exception
    assert app.code[0].value.startswith(message)
    assert not app.metric


def test_an_error_in_every_box_is_shown_under_each(open_page):
    app = open_page(space="moat_8", budgets="macs", resolution="x")
    assert not app.exception
    assert len(app.code) == 3


def test_a_seed_that_is_none_is_said(open_page):
    app = open_page(seed="-1")
    assert app.code[1].value == "a seed is a whole number, 0 or more; got '-1'"


def test_one_network_is_sent_to_its_own_page(open_page):
    app = open_page(space="moat_0")
    assert app.info[0].value.startswith("This is one network.")
    assert link(app).startswith("architecture?text=stem%2864%2C+64%29")


def test_a_space_too_large_to_count_is_drawn_from(open_page):
    depths = "where n in 1..99, m in 1..99, k in 1..99"
    app = open_page(space=f"stem(8) | n x mbconv @8 | m x mbconv @8 | k x mbconv @8 {depths}")
    assert metrics(app)["networks"] == "970,299"
    assert re.match(r"\d+ networks sampled uniformly with seed 0", app.caption[0].value)  # in five seconds


def test_costs_beyond_64_bits_are_shown(open_app):
    huge = "stem(65536, stride=1) | 9x mbconv(expand=999999) @w(stride=1) for 16384px"
    assert not open_app("space", space=f"{huge} where w in {{65534, 65536}}").exception
    app = open_app("architecture", text=huge.replace("@w", "@65536"), other="moat_0")
    assert not app.exception
    assert app.metric[0].label == "MACs"


def test_a_typed_space_is_still_there_after_another_page(open_page, turn_to):
    app = open_page()
    app.text_input(key="space").set_value(SMALL).run()
    turn_to(app, "architecture")
    turn_to(app, "space")
    assert app.text_input(key="space").value == SMALL
    assert metrics(app)["networks"] == "3"
