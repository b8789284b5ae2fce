"""A study is run from Python by its name, and gives its results."""

import shutil
from pathlib import Path

import pytest

import moat_lab
from moat_lab.errors import UserError

RECORDED = Path(__file__).parents[3] / "results" / "ablate_se"


def test_a_study_that_is_complete_trains_nothing_and_gives_its_results(tmp_path, capsys):
    shutil.copytree(
        RECORDED, tmp_path / "ablate_se", ignore=shutil.ignore_patterns("*.png", "*.pdf", "report.md")
    )
    results = moat_lab.run_study("ablate_se", results=tmp_path, workers=1)
    assert len(results.reading.evaluations) == len(list((RECORDED / "evaluations").glob("*.json")))
    assert results.table()["verdict"].tolist()[0] == "baseline"
    assert (tmp_path / "ablate_se" / "report.md").exists()
    assert "squeeze-and-excitation" in capsys.readouterr().out


def test_a_calibration_has_no_one_table():
    with pytest.raises(UserError, match="calibrate is a calibration"):
        moat_lab.run_study("calibrate")
