"""The page in each state that a results folder can be in."""

import json
import os
from dataclasses import replace

import pytest
from PIL import Image

from moat_lab.records import ResultsFolder

HOSTILE = "` <img src=x onerror=alert(1)> **x** $y$"


@pytest.fixture
def open_page(open_app):
    return lambda **asked: open_app("provenance", **asked)


def facts(app):
    return dict(app.dataframe[0].value.values.tolist())


def codes(app):
    return [code.value for code in app.code]


def test_without_results_it_says_how_to_make_some(open_page):
    app = open_page()
    assert not app.exception
    assert "python -m moat_lab.study ablate_order" in app.info[0].value


def test_a_network_that_has_not_been_trained_shows_the_command(open_page, make, tmp_path):
    make({})
    app = open_page()
    assert not app.exception
    assert app.info[0].value.startswith("This network has not been trained yet.")
    assert codes(app) == [f"python -m moat_lab.study ablate_order --results {tmp_path}"]
    assert app.query_params == {"study": "ablate_order"}


def test_a_study_without_networks_shows_the_command(open_page, make, plan):
    make({}, plan=replace(plan, variants=(), baseline=""))
    app = open_page()
    assert not app.exception
    assert app.info[0].value.startswith("No network has been chosen yet.")


def test_one_evaluation_is_shown_with_its_curve_and_what_repeats_it(open_page, make, tmp_path):
    make({"mbconv+attn": [0.9]})
    app = open_page()
    assert not app.exception
    assert facts(app)["top-1 on val"] == "90.0 %"
    assert len(app.get("plotly_chart")) == 1
    assert codes(app)[0] == "stem(16) | 1x mbconv+attn @32"
    assert codes(app)[1].startswith("import moat_lab\n")
    assert codes(app)[2:] == [
        f"python -m moat_lab.study ablate_order --results {tmp_path}",
        "data: digits\nval: 1000",
    ]


def test_the_address_decides_which_of_many(open_page, full):
    app = open_page(network="attn+mlp", seed="1")
    assert (facts(app)["seed"], facts(app)["top-1 on val"]) == ("1", "91.2 %")
    assert app.dataframe[1].value["score"].round(1).tolist() == [90.0, 91.2]


def test_another_network_keeps_the_seed_and_the_address_says_both(open_page, full):
    app = open_page(seed="1")
    app.selectbox(key="network").set_value("attn+mbconv").run()
    assert app.query_params == {"study": "ablate_order", "network": "attn+mbconv", "seed": "1"}
    assert facts(app)["top-1 on val"] == "92.5 %"


def test_a_failed_one_shows_its_traceback(open_page, make):
    make({"mbconv+attn": [0.9, None]})
    app = open_page(seed="1")
    assert app.error[0].value == "This training failed; no mean includes it."
    assert codes(app)[0] == "Traceback ...\nRuntimeError: loss is NaN"
    assert [code.endswith(" --retry-failed") for code in codes(app) if "moat_lab.study" in code] == [
        True,
        True,
    ]
    assert facts(app)["status"] == "failed"


def test_a_failed_one_without_a_curve_is_shown(open_page, make):
    folder = make({"mbconv+attn": [None]})
    known = ResultsFolder(folder).read().evaluations[0]
    ResultsFolder(folder).evaluations.append(replace(known, curve=(), final_loss=None))
    app = open_page()
    assert not app.exception
    assert not app.get("plotly_chart")


def test_damaged_records_are_named_and_counted(open_page, full):
    (full / "evaluations" / "cut.json").write_text("{", encoding="utf-8")
    app = open_page()
    assert app.warning[0].value == "Could not be read, and ignored: 1 file."
    assert app.dataframe[-1].value["file"].tolist() == ["evaluations/cut.json"]


def test_a_plan_that_cannot_be_read_is_an_error_with_its_name(open_page, make):
    (make({}) / "plan.json").write_text("{}", encoding="utf-8")
    app = open_page()
    assert not app.exception
    assert "plan.json is damaged: name: Field required" in app.code[0].value


def test_an_address_that_means_nothing_is_put_right(open_page, full):
    app = open_page(study="../etc", network="<b>", seed="99")
    assert not app.exception
    assert app.query_params == {"study": "ablate_order", "network": "mbconv+attn", "seed": "0"}


def test_text_from_files_is_shown_as_it_is(open_page, make, plan):
    named = (replace(plan.variants[0], factors={"order": HOSTILE}), *plan.variants[1:])
    folder = make({HOSTILE: [None]}, plan=replace(plan, variants=named, command=HOSTILE))
    known = ResultsFolder(folder).read().evaluations[0]
    ResultsFolder(folder).evaluations.append(replace(known, error=HOSTILE, environment={"commit": HOSTILE}))
    app = open_page(network=HOSTILE)
    assert not app.exception
    assert HOSTILE in codes(app)
    mark_pick = [e.value for kind in (app.markdown, app.info, app.error, app.caption) for e in kind]
    assert not any("img" in text for text in mark_pick)


def test_failed_trainings_are_counted_in_words_beside_one_that_went_well(open_page, make):
    make({"mbconv+attn": [0.9, None], "attn+mlp": [None]})
    app = open_page(seed="0")
    assert not app.exception
    assert facts(app)["status"] == "ok"
    assert [w.value for w in app.warning] == ["Failed, and in no mean: 2 evaluations."]


def test_an_unfinished_study_says_what_is_missing_until_all_is_there(open_page, make):
    make({"mbconv+attn": [0.9, 0.9], "attn+mbconv": [0.9, 0.9], "attn+mlp": [0.9]})
    app = open_page(network="attn+mlp")
    assert app.get("progress")[0].proto.text == "1 still to run; refreshes every 3 s"
    make({"attn+mlp": [0.9, 0.8]})
    app.run()
    assert not app.get("progress")
    assert app.get("button_group")[0].options == ["0", "1"]


def test_pictures_of_a_training_are_shown_the_newest_first(open_page, full, tmp_path):
    for name in ("segmenter", "detector"):
        folder = tmp_path / "train" / name
        folder.mkdir(parents=True)
        content = {"network": f"stem(8) | {name}", "recipe": {"data": "scenes:segment"}}
        (folder / "training.json").write_text(json.dumps(content))
    for age, name in enumerate(["later.png", "earlier.png"]):
        Image.new("RGB", (4, 3)).save(tmp_path / "train" / "segmenter" / name)
        os.utime(tmp_path / "train" / "segmenter" / name, (10**9 - age, 10**9 - age))
    app = open_page()
    assert not app.exception
    box = app.selectbox(key="training")
    assert box.options == ["train/segmenter"]  # the other has no pictures
    assert codes(app)[-1] == "stem(8) | segmenter\nscenes:segment"
    assert [image.captions for image in app.get("image")] == [["later.png"], ["earlier.png"]]


@pytest.mark.parametrize("content", ["{", "[]", '{"network": "a"}'])
def test_damaged_files_of_a_training_show_nothing(open_page, full, tmp_path, content):
    for name, text in (("broken", content), ("whole", '{"network": "a", "recipe": {"data": "b"}}')):
        (tmp_path / name).mkdir()
        (tmp_path / name / "training.json").write_text(text)
    Image.new("RGB", (4, 3)).save(tmp_path / "broken" / "worst.png")
    (tmp_path / "whole" / "worst.png").write_bytes(b"no image")
    app = open_page()
    assert not app.exception
    assert "training" not in [box.key for box in app.selectbox]
