"""The page with all studies, in the states that they can be in."""

import os
import socket
from dataclasses import replace

from dashboards.home.overview import overviews, progress_text
from moat_lab.records import ResultsFolder, SlotStatus, Status

TOPS = {"mbconv+attn": [0.92, 0.93], "attn+mbconv": [0.921, 0.925], "attn+mlp": [0.90, 0.912]}


def hold(folder):
    """As a command does that works in the folder."""
    ResultsFolder(folder).lock_holder_file.write_text(
        f'{{"pid": {os.getpid()}, "host": "{socket.gethostname()}", "since": "now", "command": "study"}}'
    )


def lines(app):
    return [caption.value.partition("; changed")[0] for caption in app.caption]


def test_running_comes_before_stopped_and_finished_and_each_says_how_far_it_is(make, open_app):
    make(TOPS, name="a")
    make({"mbconv+attn": [0.92, None]}, name="b")
    hold(make({"mbconv+attn": [0.5]}, name="c"))
    app = open_app("")
    assert [title.value for title in app.header] == [
        "Running (1)",
        "Stopped before the end (1)",
        "Finished (1)",
    ]
    assert lines(app) == [
        "1 of 6 trainings, about 5 min left; best top-1 50.0 %",
        "2 of 6 trainings, about 4 min left; best top-1 92.0 %; 1 failed",
        "6 of 6 trainings; best top-1 92.5 %",
    ]


def test_a_stopped_study_says_how_to_go_on_and_how_to_retry(make, open_app, tmp_path):
    make({"mbconv+attn": [0.92, None]})
    command = f"python -m moat_lab.study ablate_order --results {tmp_path}"
    assert [text.value for text in open_app("").markdown] == [
        f"To go on: `{command}`",
        f"To train the failed ones again: `{command} --retry-failed`",
    ]


def test_a_running_training_shows_its_curve_so_far(make, open_app):
    folder = make({"mbconv+attn": [0.5]})
    hold(folder)
    slot = SlotStatus(
        node="node 1", device="cpu", training="b, seed 0", epoch=2, epochs=9, score=0.4, curve=(0.1, 0.4)
    )
    ResultsFolder(folder).write_status(Status(slots=(slot,), images_per_s={}, lost=0))
    rows = open_app("").dataframe[0].value
    assert rows.trains.tolist() == ["b, seed 0"]
    assert list(rows["so far"][0]) == [10.0, 40.0]


def test_an_address_that_names_a_study_opens_its_frontier_as_before(full, open_app):
    app = open_app("", study="ablate_order")
    assert app.title[0].value == "Frontier"
    assert len(app.get("plotly_chart")) == 1


def test_a_score_is_read_from_the_summary_until_a_record_is_newer(make, tmp_path):
    folder = ResultsFolder(make({"mbconv+attn": [0.5]}))
    folder.summary_file.write_text("failed,top1\n0,0.75\n2,0.25\n", encoding="utf-8")
    os.utime(folder.summary_file, (9e9, 9e9))
    assert [(study.best, study.failed) for study in overviews((tmp_path,))] == [(0.75, 2)]
    os.utime(folder.summary_file, (1, 1))
    assert [(study.best, study.failed) for study in overviews((tmp_path,))] == [(0.5, 0)]


def test_what_has_not_changed_for_a_day_has_a_date(make, tmp_path):
    make({})
    study = replace(overviews((tmp_path,))[0], changed=1_000_000_000.0)
    assert progress_text(study, 1_000_000_090.0).endswith("changed 2 min ago")
    assert "changed on 2001-09-0" in progress_text(study, 1_100_000_000.0)
