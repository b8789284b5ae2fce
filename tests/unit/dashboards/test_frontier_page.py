"""The page in each state that a results folder can be in."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

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


def test_a_plan_alone_shows_its_command_and_its_costs(open_app, make):
    make({})
    app = open_app()
    assert not app.exception
    assert app.info[0].value.startswith("Nothing has finished yet.")
    assert app.code[0].value == "python -m moat_lab.study ablate_order"
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
        "failed": "0",
        "damaged files": "0",
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
        "Could not be read, and counted nowhere: 1 file.",
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
    marked = [e.value for kind in (app.markdown, app.warning, app.info, app.caption) for e in kind]
    outside = "".join("".join(text.split("`")[::2]) for text in marked)
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
    assert app.query_params == {"study": "b", "cost": "macs", "scale": "auto"}


@pytest.mark.parametrize("arguments", [["--result", "x"], ["--results"], ["--help"]])
def test_a_start_with_other_arguments_is_said_on_the_page(arguments, monkeypatch, open_app):
    app = open_app()
    monkeypatch.setattr("sys.argv", ["app.py", *arguments])
    app.run()
    assert app.code[0].value == (
        f"only --results DIR may stand after `--`; got {' '.join(arguments)}\n"
        "  streamlit run dashboards/app.py -- --results DIR"
    )


def test_either_spelling_of_the_argument_is_taken(monkeypatch, open_app, full):
    app = open_app()
    monkeypatch.setattr("sys.argv", ["app.py", f"--results={full.parent}"])
    app.run()
    assert counts(app)["networks"] == "3"


@pytest.mark.parametrize("asked", [{"study": "../../etc"}, {"cost": "<b>"}, {"scale": ""}])
def test_an_address_that_means_nothing_is_put_right(open_app, full, asked):
    app = open_app(**asked)
    assert not app.exception
    assert app.selectbox[0].value == "ablate_order"
    assert axis_title(app) == "cost (MMACs)"


def test_going_back_in_the_browser_goes_back_on_the_page(open_app, full):
    app = open_app(cost="params")
    app.query_params["cost"] = "macs"
    app.run()
    assert axis_title(app) == "cost (MMACs)"


def test_the_page_never_loads_torch(full, tmp_path):
    script = (
        "import sys; from streamlit.testing.v1 import AppTest\n"
        "app, sys.argv = sys.argv[1], ['app.py', '--results', sys.argv[2]]\n"
        "page = AppTest.from_file(app, default_timeout=60).run()\n"
        "print(len(page.get('plotly_chart')), bool(page.exception), 'torch' in sys.modules)"
    )
    app = Path(__file__).parents[3] / "dashboards" / "app.py"
    done = subprocess.run(
        [sys.executable, "-c", script, app, tmp_path], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["1", "False", "False"]
