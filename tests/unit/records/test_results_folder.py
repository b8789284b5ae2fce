from pathlib import Path

from moat_lab.records import ResultsFolder

FOLDER = ResultsFolder(Path("runs/se"))


def test_the_files_of_a_results_folder_keep_their_names():
    assert [
        FOLDER.plan_file.name,
        FOLDER.calibration_file.name,
        FOLDER.proposals_file.name,
        FOLDER.journal_file.name,
        FOLDER.evaluations.folder.name,
        FOLDER.measurements.folder.name,
        FOLDER.checkpoints.name,
        FOLDER.report_file.name,
        FOLDER.summary_file.name,
        FOLDER.calibration_table_file.name,
        FOLDER.recorded_table_file.name,
        FOLDER.outcomes_file.name,
        FOLDER.optuna_file.name,
    ] == [
        "plan.json",
        "calibration.json",
        "proposals.json",
        "trials.jsonl",
        "evaluations",
        "measurements",
        "checkpoints",
        "report.md",
        "summary.csv",
        "calibration.csv",
        "table.csv",
        ".outcomes.parquet",
        "optuna.db",
    ]


def test_a_schedule_is_a_folder_inside_and_a_message_shows_the_path():
    assert FOLDER.schedule("brief") == ResultsFolder(Path("runs/se/brief"))
    assert f"in {FOLDER}" == "in runs/se"
