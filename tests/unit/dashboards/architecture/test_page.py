"""The page in each state that what is typed can be in."""

import json

import pytest


@pytest.fixture
def open_page(open_app):
    return lambda **asked: open_app("architecture", **asked)


def metrics(app):
    return {metric.label: metric.value for metric in app.metric}


def texts(app):
    return [text.value for text in app.text]


def test_it_opens_with_a_network_and_its_cost(open_page):
    app = open_page()
    assert not app.exception
    assert app.text_input(key="text").value == "tiny_moat_0"
    assert metrics(app) == {
        "MACs": "775 M",
        "parameters": "3.36 M",
        "activations": "10.2 M",
        "peak memory, MB": "13.2",
    }
    assert len(app.get("plotly_chart")) == 3
    assert "This is tiny_moat_0." in texts(app)


def test_a_typed_network_shows_its_cost_and_the_address_says_it_after_a_pause(open_page):
    app = open_page()
    app.text_input(key="text").set_value("stem(16, stride=1) | 2x mbconv+attn @32 for 16px").run()
    assert metrics(app)["parameters"] == "60.9 k"
    assert "text" not in app.query_params
    app.run()
    assert metrics(app)["parameters"] == "60.9 k"
    assert app.query_params["text"] == "stem(16, stride=1) | 2x mbconv+attn @32 for 16px"
    assert "other" not in app.query_params


def test_an_error_is_shown_with_caret_and_suggestion_and_nothing_else(open_page):
    app = open_page(text="stem(8) | 1x mbconv(exapnd=4) @8")
    assert not app.exception
    assert [code.value for code in app.code] == [
        "column 21: mbconv has no option 'exapnd'\n"
        "  stem(8) | 1x mbconv(exapnd=4) @8\n"
        "                      ^^^^^^\n"
        "  did you mean 'expand'? mbconv takes: expand, kernel, se"
    ]
    assert not app.metric


def test_a_space_is_no_network(open_page):
    app = open_page(text="stem(8) | 1x mbconv @w where w in {8, 16}")
    assert app.code[0].value.startswith("column 24: one network is needed; got a space of 2")


def test_two_networks_are_compared_in_cost_and_part_by_part(open_page):
    app = open_page(text="tiny_moat_1", other="tiny_moat_0")
    costs, parts = app.dataframe[0].value, app.dataframe[1].value
    assert costs["cost"].tolist() == ["MACs", "parameters", "activations", "peak memory, MB"]
    assert costs["percent"].round(1).tolist() == [52.1, 52.7, 25.0, 25.0]
    assert parts["part"].tolist() == ["stem", "stage 1", "stage 2", "stage 3", "stage 4", "resolution"]
    assert parts["difference"].tolist()[3] == "width 160 in place of 128"


def test_an_error_in_every_box_is_shown_under_each(open_page):
    app = open_page(text="moat_8", other="moat_9", resolution="x")
    assert not app.exception
    assert [code.value.split("\n")[0] for code in app.code] == [
        "column 1: no network is named 'moat_8'",
        "column 1: no network is named 'moat_9'",
        "a resolution is a side such as 224, or height x width as 224x160, from 1 to 16384 pixels; got 'x'",
    ]


def test_an_error_in_the_second_leaves_the_first(open_page):
    app = open_page(other="moat_9")
    assert app.code[1].value.startswith("column 1: no network is named 'moat_9'")
    assert metrics(app)["MACs"] == "775 M"


def test_resolution_and_classes_are_in_the_address_and_in_the_cost(open_page):
    app = open_page(text="tiny_moat_0", resolution="256x128", classes="10")
    assert metrics(app) == {
        "MACs": "490 M",
        "parameters": "3.1 M",
        "activations": "6.43 M",
        "peak memory, MB": "8.65",
    }
    assert (app.query_params["resolution"], app.query_params["classes"]) == ("256x128", "10")


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("resolution", "0", "a resolution is a side such as 224"),
        ("resolution", "224x", "a resolution is a side such as 224"),
        ("classes", "-1", "classes are a whole number from 0 to 100000; got '-1'"),
        ("channels", "0", "channels are a whole number from 1 to 100000; got '0'"),
    ],
)
def test_a_setting_that_cannot_be_is_said(open_page, name, value, message):
    app = open_page(**{name: value})
    assert not app.exception
    assert app.code[0].value.startswith(message)
    assert not app.metric


@pytest.mark.parametrize(("by", "rows", "unit"), [("stage", 6, "M"), ("block", 16, "k"), ("layer", 25, "k")])
def test_chart_and_table_are_by_what_the_address_says(open_page, by, rows, unit):
    app = open_page(by=by, cost="params")
    assert len(app.dataframe[0].value) == rows
    chart = json.loads(app.get("plotly_chart")[1].proto.spec)
    assert chart["layout"]["yaxis"]["title"]["text"] == f"parameters ({unit})"


def test_what_is_chosen_outlives_a_mistake(open_page):
    app = open_page(by="layer")
    app.text_input(key="text").set_value("moat_").run()
    assert not app.metric
    app.text_input(key="text").set_value("moat_0").run()
    assert app.query_params["by"] == "layer"
    assert len(app.dataframe[0].value) == 25


def test_going_back_to_no_second_network_empties_its_box(open_page):
    app = open_page(other="moat_0")
    del app.query_params["other"]
    app.run()
    assert app.text_input(key="other").value == ""


def test_text_from_the_address_is_shown_as_it_is(open_page):
    app = open_page(text="<img src=x onerror=alert(1)> **x** $y$")
    assert not app.exception
    assert "<img src=x onerror=alert(1)> **x** $y$" in app.code[0].value
    assert not any("img" in text.value for kind in (app.markdown, app.error, app.info) for text in kind)


def test_an_address_from_before_a_change_does_not_undo_it(open_page):
    app = open_page(text="moat_0")
    app.text_input(key="text").set_value("moat_1")
    del app.query_params["text"]
    app.run()
    assert app.text_input(key="text").value == "moat_1"


def test_typed_texts_are_still_there_after_another_page(open_page, turn_to):
    app = open_page()
    app.text_input(key="text").set_value("moat_1").run()
    app.text_input(key="other").set_value("moat_0").run()
    turn_to(app, "space")
    turn_to(app, "architecture")
    assert (app.text_input(key="text").value, app.text_input(key="other").value) == ("moat_1", "moat_0")
    assert (app.query_params["text"], app.query_params["other"]) == ("moat_1", "moat_0")


def test_an_address_of_another_page_decides_about_both_texts(open_page, turn_to):
    app = open_page(text="moat_1", other="moat_0")
    turn_to(app, "space")
    turn_to(app, "architecture", text="moat_2")
    assert (app.text_input(key="text").value, app.text_input(key="other").value) == ("moat_2", "")


def test_a_recipe_whose_images_are_not_here_is_told_and_the_rest_stays(open_page, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    app = open_page()
    app.selectbox(key="recipe").set_value("imagenette").run()
    assert not app.exception
    assert "cannot be computed here" in app.info[-1].value
    assert len(app.get("download_button")) > 1
