import pytest
from typer.testing import CliRunner

from moat_lab.errors import UserError
from moat_lab.records import ResultsFolder
from moat_lab.study.__main__ import app
from moat_lab.study.study_spec import load_study

OUTLIER = 'outlier: {layer: "mbconv(se=0.25)"}\n'


@pytest.fixture
def calibration_file(study_file):
    """Two networks, one of them an outlier, two seeds, two schedules; the shorter trains one epoch."""
    recipes = study_file.parent / "recipes"
    brief = (recipes / "tiny.yaml").read_text().replace("epochs: 2", "epochs: 1")
    (recipes / "brief.yaml").write_text(brief.replace("curve_points: 2", "curve_points: 1"))
    study_file.write_text(study_file.read_text() + f"schedules: [brief]\n{OUTLIER}")
    return study_file


def test_a_calibration_trains_by_each_schedule_and_reports_how_they_agree(
    calibration_file, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(app, ["se", "--workers", "1"])
    assert done.exit_code == 0, done.output
    folder = tmp_path / "runs" / "se"
    assert ResultsFolder(folder).read_calibration().schedules == ("tiny", "brief")
    assert ResultsFolder(folder).read_calibration().outlier == {"layer": "mbconv(se=0.25)"}
    assert [ResultsFolder(folder / name).read_plan().recipe["epochs"] for name in ("tiny", "brief")] == [2, 1]
    assert [ResultsFolder(folder / name).read_plan().name for name in ("tiny", "brief")] == [
        "se/tiny",
        "se/brief",
    ]
    assert {path.name for path in folder.iterdir() if path.is_file()} == {
        ".lock",
        "calibration.csv",
        "calibration.json",
        "calibration.png",
        "calibration.pdf",
        "report.md",
    }
    report = (folder / "report.md").read_text()
    assert "Too little has finished to say anything." in report
    assert "| `brief` | 2 | " in report
    assert "without `layer=mbconv(se=0.25)` [95 %]" in report
    assert "- `brief`: digits, 16 px, 40 images, 1 epoch, batch 20" in report
    again = CliRunner().invoke(app, ["se"])
    assert again.output.count("All 4 trainings are there; none to do.") == 2


def test_a_schedule_that_is_not_there_is_said(study_file):
    study_file.write_text(study_file.read_text() + "schedules: [tidy]\n")
    with pytest.raises(UserError, match="no recipe is named 'tidy'"):
        load_study(study_file)


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ("outlier: {layer: mbconv}\n", "outlier: is for a calibration, which has schedules"),
        ("schedules: [brief]\noutlier: {lair: mbconv}\n", "outlier: the space has no factor 'lair'"),
        ("schedules: [brief]\noutlier: {layer: mlp}\n", "outlier: "),
    ],
)
def test_an_outlier_that_cannot_be_is_said(calibration_file, lines, message):
    calibration_file.write_text(calibration_file.read_text().replace(f"schedules: [brief]\n{OUTLIER}", lines))
    with pytest.raises(UserError) as error:
        load_study(calibration_file)
    assert message in str(error.value)
