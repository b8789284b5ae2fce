"""The page in each state that a results folder can be in."""

import json
from dataclasses import replace

import pytest

from moat_lab.records import Measurement, ResultsFolder
from tests.unit.dashboards.conftest import SEARCH

HOSTILE = "` <img src=x onerror=alert(1)> **x** $y$ :smile: [l](javascript:alert(1))"


def texts(app):
    return [text.value for text in app.text]


def counts(app):
    return {metric.label: metric.value for metric in app.metric}


def axis_title(app):
    return json.loads(app.get("plotly_chart")[0].proto.spec)["layout"]["xaxis"]["title"]["text"]


def test_without_results_it_says_how_to_make_some(open_app):
    app = open_app()
    assert not app.exception
    assert "python -m moat_lab.study ablate_order" in app.info[0].value
    assert not app.metric


def test_a_plan_alone_shows_its_command_and_its_costs(open_app, make, tmp_path):
    make({})
    app = open_app()
    assert not app.exception
    assert app.info[0].value.startswith("Nothing has finished yet.")
    assert app.code[0].value == f"python -m moat_lab.study ablate_order --results {tmp_path}"
    assert counts(app)["evaluations finished"] == "0 of 6"
    assert app.dataframe[0].value["macs"].tolist() == [41.2, 41.5, 35.0]
    assert not app.get("plotly_chart")


def test_one_evaluation_is_a_chart_without_a_verdict(open_app, make):
    make({"mbconv+attn": [0.9]})
    app = open_app()
    assert not app.exception
    assert len(app.get("plotly_chart")) == 1
    assert app.dataframe[0].value["verdict"].tolist() == ["baseline", "not run", "not run"]


def test_a_finished_study_shows_question_counts_finding_and_table(open_app, full):
    app = open_app()
    assert not app.exception
    assert texts(app) == [
        "Does convolution belong before attention?",
        "Expected: Before: the reverse loses 0.4 points. (Yang et al. 2023)",
    ]
    assert counts(app) == {
        "networks": "3",
        "evaluations finished": "6 of 6",
    }
    assert app.markdown[-1].value.startswith("The baseline, `mbconv+attn`, reaches 92.5")
    assert app.dataframe[0].value["variant"].tolist() == ["mbconv+attn", "attn+mbconv", "attn+mlp"]
    assert not app.warning


def test_what_failed_and_what_is_damaged_is_named(open_app, make):
    folder = make({"mbconv+attn": [0.9, 0.91], "attn+mlp": [None]})
    (folder / "evaluations" / "cut.json").write_text("{", encoding="utf-8")
    app = open_app()
    assert [warning.value for warning in app.warning] == [
        "Failed, and in no mean: 1 evaluation.",
        "Could not be read, and ignored: 1 file.",
    ]
    assert app.dataframe[1].value[["variant", "seed", "reason"]].values.tolist() == [
        ["attn+mlp", 0, "RuntimeError: loss is NaN"]
    ]
    assert app.dataframe[2].value["file"].tolist() == ["evaluations/cut.json"]
    assert (counts(app)["failed"], counts(app)["damaged files"]) == ("1", "1")


def test_a_plan_that_cannot_be_read_is_an_error_with_its_name(open_app, make):
    (make({}) / "plan.json").write_text("{}", encoding="utf-8")
    app = open_app()
    assert not app.exception
    assert app.error[0].value == "The plan of this study cannot be read."
    assert "plan.json is damaged: name: Field required" in app.code[0].value


def test_text_from_files_is_shown_as_it_is(open_app, make, plan):
    asked = replace(plan, question=HOSTILE, expectation=HOSTILE, source=HOSTILE, command=HOSTILE)
    named = (replace(plan.variants[0], factors={"order": HOSTILE}), *plan.variants[1:])
    folder = make({HOSTILE: [0.9], "attn+mlp": [None]}, name=HOSTILE.replace("/", "_"),
                  plan=replace(asked, variants=named))  # fmt: skip
    (folder / "evaluations" / "<b>**x**.json").write_text("{", encoding="utf-8")
    app = open_app()
    assert not app.exception
    assert texts(app) == [HOSTILE, f"Expected: {HOSTILE} ({HOSTILE})"]
    mark_pick = [e.value for kind in (app.markdown, app.warning, app.info, app.caption) for e in kind]
    outside = "".join("".join(text.split("`")[::2]) for text in mark_pick)
    assert "img" not in outside
    assert "**x**" not in outside
    assert "<img" not in app.get("plotly_chart")[0].proto.spec


def test_the_address_decides_what_is_shown(open_app, make):
    make({"mbconv+attn": [0.9]}, name="a")
    make({"mbconv+attn": [0.9]}, name="b")
    app = open_app(study="b", cost="params", scale="log")
    assert app.selectbox[0].value == "b"
    assert axis_title(app) == "parameters (k)"
    assert json.loads(app.get("plotly_chart")[0].proto.spec)["layout"]["xaxis"]["type"] == "log"


def test_the_address_says_what_is_chosen(open_app, make):
    make({"mbconv+attn": [0.9]}, name="a")
    make({"mbconv+attn": [0.9]}, name="b")
    app = open_app()
    app.selectbox[0].set_value("b").run()
    assert app.query_params == {"study": "b"}


@pytest.mark.parametrize("arguments", [["--result", "x"], ["--results"], ["--help"]])
def test_a_start_with_other_arguments_is_said_on_the_page(arguments, monkeypatch, open_app):
    app = open_app()
    monkeypatch.setattr("sys.argv", ["app.py", *arguments])
    app.run()
    assert app.code[0].value == (
        f"only --results DIR is taken; got {' '.join(arguments)}\n  moat-lab dashboard --results DIR"
    )


def test_either_spelling_of_the_argument_is_taken(monkeypatch, open_app, full):
    app = open_app()
    monkeypatch.setattr("sys.argv", ["app.py", f"--results={full.parent}"])
    app.run()
    assert counts(app)["networks"] == "3"


def test_without_the_argument_ones_own_results_stand_beside_the_packages(
    monkeypatch, tmp_path, open_app, make
):
    make({"mbconv+attn": [0.9]}, name="runs/mine")
    make({"mbconv+attn": [0.9]}, name="results/ablate_order")
    monkeypatch.chdir(tmp_path)
    app = open_app()
    monkeypatch.setattr("sys.argv", ["app.py"])
    app.run()
    assert {"mine", "ablate_order", "scale_depth"} <= set(app.selectbox[0].options)
    app.selectbox[0].set_value("ablate_order").run()
    assert counts(app)["evaluations finished"] == "1 of 6"


def test_a_study_has_one_address_with_and_without_its_root(open_app, full, make):
    make({"mbconv+attn": [0.9]}, name="a")
    app = open_app(study=f"{full.parent.name}/ablate_order")
    assert app.selectbox[0].value == "ablate_order"
    assert not app.warning
    assert app.query_params == {"study": f"{full.parent.name}/ablate_order"}


@pytest.mark.parametrize("asked", [{"study": "../../etc"}, {"cost": "<b>"}, {"scale": ""}])
def test_an_address_that_means_nothing_is_put_right(open_app, full, asked):
    app = open_app(**asked)
    assert not app.exception
    assert app.selectbox[0].value == "ablate_order"
    assert axis_title(app) == "cost (MMACs)"


def test_a_column_colours_the_points_is_in_the_address_and_back_undoes_it(open_app, full):
    app = open_app(colour="params")
    assert spec(app)["layout"]["coloraxis"]["colorbar"]["title"]["text"] == "parameters (k)"
    del app.query_params["colour"]
    app.run()
    assert "coloraxis" not in spec(app)["layout"]
    app.selectbox(key="colour").set_value("order").run()
    assert app.query_params == {"study": "ablate_order", "colour": "order"}
    assert [t["name"] for t in spec(app)["data"] if t["showlegend"]] == ["attn+mbconv", "attn+mlp"]


def test_published_models_are_coloured_by_family(open_app):
    app = open_app(study="published:imagenet1k", families="MOAT,Swin", colour="family")
    assert not app.exception
    assert {t["name"] for t in spec(app)["data"] if t["showlegend"]} == {"MOAT", "Swin"}


def test_going_back_in_the_browser_goes_back_on_the_page(open_app, full):
    app = open_app(cost="params")
    app.query_params["cost"] = "macs"
    app.run()
    assert axis_title(app) == "cost (MMACs)"


def spec(app):
    return json.loads(app.get("plotly_chart")[0].proto.spec)


def subheaders(app):
    return [header.value for header in app.header]


def test_published_models_are_a_choice_beside_the_studies(open_app, full):
    app = open_app(study="published:imagenet1k", data="in1k", families="MOAT,tiny-MOAT")
    assert not app.exception
    assert app.selectbox[0].value == "published:imagenet1k"
    assert set(app.dataframe[0].value["family"]) == {"MOAT", "tiny-MOAT"}
    assert set(app.dataframe[0].value["train_data"]) == {"ImageNet-1K alone"}
    assert axis_title(app) == "cost (GMACs)"
    assert subheaders(app) == []


def test_published_models_are_there_before_any_study(open_app):
    app = open_app()
    assert app.selectbox[0].options == [
        "Published: ImageNet-1K", "Published: ADE20K", "Published: COCO"
    ]  # fmt: skip
    assert len(app.get("plotly_chart")) == 1


@pytest.mark.parametrize(
    ("name", "title", "models"), [("ade20k", "ADE20K mIoU (%)", 7), ("coco", "COCO box AP (%)", 1)]
)
def test_published_segmenters_and_detectors_are_drawn_against_parameters_alone(
    open_app, full, name, title, models
):
    app = open_app(study=f"published:{name}", cost="macs")
    assert not app.exception
    layout = spec(app)["layout"]
    assert (layout["xaxis"]["title"]["text"], layout["yaxis"]["title"]["text"]) == ("parameters (M)", title)
    assert len(app.dataframe[0].value) == models


def test_filters_that_nothing_passes_say_so(open_app, full):
    app = open_app(study="published:imagenet1k", data="in22k+in1k", families="DeiT")
    assert not app.exception
    assert app.info[0].value == "No published model passes these filters."
    assert not app.get("plotly_chart")


def test_a_budget_among_published_models_has_a_pick_that_the_language_can_open(open_app, full):
    app = open_app(study="published:imagenet1k", families="tiny-MOAT", max_macs="2.9G")
    assert app.code[0].value.splitlines()[0] == "tiny-MOAT-2 224px"
    (link,) = app.get("link_button")
    assert (link.proto.label, link.proto.url) == (
        "Open the pick",
        "architecture?text=tiny_moat_2&resolution=224",
    )


def test_a_slider_sets_a_budget_in_the_address_and_shows_the_pick(open_app, full):
    app = open_app()
    assert [slider.label for slider in app.select_slider] == [
        "MACs, at most", "parameters, at most", "activations, at most"
    ]  # fmt: skip
    assert app.select_slider[0].options[0] == "35 M MACs"
    app.select_slider[0].set_value("35M").run()
    assert not app.exception
    assert app.query_params["max_macs"] == "35M"
    assert app.code[0].value.startswith("stem(16) | 1x attn+mlp @32")
    assert app.code[0].value.splitlines()[2] == "One network is under the budget: this one, 90.8 % shrunken."
    assert spec(app)["layout"]["shapes"][0]["x0"] == 35.0


def test_a_budget_of_the_address_that_nobody_meets_says_the_least(open_app, full):
    app = open_app(max_params="10k")
    assert not app.exception
    assert subheaders(app) == ["No pick"]
    assert "860 k parameters, more than 10 k parameters: attn+mlp" in app.code[0].value


@pytest.mark.parametrize("asked", ["-1", "<b>", "0", "many"])
def test_a_budget_that_means_nothing_is_none(open_app, full, asked):
    app = open_app(max_macs=asked)
    assert not app.exception
    assert "max_macs" not in app.query_params
    assert subheaders(app) == ["The pick"]


def test_another_study_starts_without_the_budget_of_the_last(open_app, make):
    tops = {"mbconv+attn": [0.9], "attn+mlp": [0.8]}
    make(tops, name="a")
    make(tops, name="b")
    app = open_app(study="a", max_macs="36M", chosen="c" * 12)
    assert len(app.dataframe[0].value) == 1
    app.selectbox[0].set_value("b").run()
    assert app.query_params == {"study": "b"}
    assert len(app.dataframe[0].value) == 3


def test_a_selection_of_the_address_fills_the_table_and_the_comparison_until_all_are_asked_for(
    open_app, full
):
    app = open_app(chosen=f"{'b' * 12},{'c' * 12},nobody")
    assert app.dataframe[0].value["variant"].tolist() == ["attn+mbconv", "attn+mlp"]
    assert "2 of 3 networks, as selected on the chart" in [c.value for c in app.caption]
    (link,) = app.get("link_button")
    assert link.proto.label == "Compare the two selected networks"
    assert link.proto.url.startswith("architecture?text=stem%2816%29+%7C+1x+attn%2Bmbconv+%4032&other=")
    app.button[0].click().run()
    assert len(app.dataframe[0].value) == 3
    assert "chosen" not in app.query_params


def test_a_selected_network_is_opened_with_the_classes_of_its_data(open_app, full):
    (opened, *compared) = [link.proto for link in open_app(chosen="b" * 12).get("link_button")]
    assert opened.url == "architecture?text=stem%2816%29+%7C+1x+attn%2Bmbconv+%4032&classes=10&channels=1"
    assert [link.label for link in compared] == [
        "Compare the selected network with the baseline",
        "Compare the selected network with the pick",
    ]


def test_latency_is_no_axis_and_says_why_where_it_was_not_measured(open_app, full):
    app = open_app(cost="latency_ms")
    assert axis_title(app) == "cost (MMACs)"
    assert "Latency was not measured in this study" in app.get("button_group")[0].proto.help


def test_latency_is_an_axis_where_it_was_measured_and_says_on_what(open_app, full, plan):
    for i, variant in enumerate(plan.variants):
        known = Measurement(
            network=variant.network, network_key=variant.key, recipe_key="beef", seed=0,
            values={"latency_ms": 1.5 + i}, conditions={"device": "cpu", "threads": 1}, environment={},
        )  # fmt: skip
        ResultsFolder(full).measurements.append(known)
    app = open_app(cost="latency_ms", max_latency_ms="2")
    assert not app.exception
    assert axis_title(app) == "latency (ms)"
    assert "Latency is a median: `device cpu, threads 1`." in app.caption[0].value
    assert app.dataframe[0].value["latency_ms"].tolist() == [1.5, 2.5, 3.5]
    assert app.code[0].value.splitlines()[2] == "One network is under the budget: this one, 92.4 % shrunken."
    assert "1.5 ms" in spec(app)["data"][-1]["hovertext"][0]


def test_a_search_says_nothing_of_a_baseline(open_app, make, plan):
    tops = {"mbconv+attn": [0.92, 0.93], "attn+mlp": [0.90, 0.91]}
    make(tops, name="find", plan=replace(plan, search=SEARCH, baseline=""))
    said = open_app().caption[0].value
    assert said.startswith("The number at a point is its trial")
    assert "baseline" not in said


def test_a_study_that_is_not_here_is_named_before_another_is_shown(open_app, full):
    app = open_app(study="<b>gone`</b>")
    assert app.warning[0].value == "There is no study `<b>gone'</b>` here. Another one is shown:"
    assert app.selectbox(key="study").value == "ablate_order"
    assert not open_app(study="ablate_order").warning
    assert not open_app().warning


def test_a_selected_row_has_the_unit_of_its_header(open_app, make, plan):
    first, _, third = plan.variants
    small = (first, replace(third, costs={**third.costs, "macs": 328_000}))
    make({"mbconv+attn": [0.92], "attn+mlp": [0.90]}, plan=replace(plan, variants=small))
    table = next(t for t in open_app(chosen="c" * 12).dataframe if "macs" in t.value)
    header = json.loads(table.proto.columns)["macs"]["label"]
    assert (header, table.value["macs"].tolist()) == ("kMACs", [328.0])
