"""A report follows from the plan and the evaluations alone."""

import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from moat_lab.records import ResultsFolder
from moat_lab.report.write import write_report

GOLDEN = Path(__file__).parents[2] / "golden" / "report.md"
FIGURES = ("effects", "accuracy_macs", "accuracy_params", "curves")
FILES = {"summary.csv", "curves.csv", "table.tex", "report.md"} | {
    name + end for name in FIGURES for end in (".png", ".pdf")
}


def test_the_report_is_the_golden_one(small):
    text = write_report(ResultsFolder(small)).read_text(encoding="utf-8")
    if os.environ.get("UPDATE_GOLDEN"):
        GOLDEN.write_text(text, encoding="utf-8")
    assert text == GOLDEN.read_text(encoding="utf-8")


def test_a_rebuilt_report_has_the_same_bytes(small, tmp_path):
    copy = Path(shutil.copytree(small, tmp_path / "elsewhere"))
    write_report(ResultsFolder(small))
    write_report(ResultsFolder(copy))
    for name in FILES:
        assert (copy / name).read_bytes() == (small / name).read_bytes()
    assert {path.name for path in small.iterdir()} == FILES | {"plan.json", "evaluations"}


def test_the_tables_are_written_as_fractions(small):
    write_report(ResultsFolder(small))
    assert pd.read_csv(small / "summary.csv")["top1"].tolist() == pytest.approx([0.925, 0.924, 0.906])
    assert len(pd.read_csv(small / "curves.csv")) == 18


def test_a_plan_without_variants_has_a_report(tmp_path, make_results, plan):
    empty = replace(plan, variants=(), baseline="", seeds=())
    text = write_report(ResultsFolder(make_results(tmp_path, {}, empty))).read_text(encoding="utf-8")
    assert "Nothing has finished yet, so nothing can be said.\n\nThe plan has no variants." in text


def test_one_seed_has_no_interval_and_no_verdict(tmp_path, make_results):
    folder = make_results(tmp_path, {"mbconv+attn": [0.92], "attn+mlp": [0.91]})
    text = write_report(ResultsFolder(folder)).read_text(encoding="utf-8")
    assert "| `mbconv+attn` | 1 | 92.0 | – | – | 980 k | 41.2 M | baseline |" in text
    assert "| `attn+mbconv` | 0 | – | – | – | 981 k | 41.5 M | not run |" in text
    assert "| `attn+mlp` | 1 | 91.0 | -1.00 | – | 860 k | 35 M | too few seeds |" in text


def command(*arguments):
    return subprocess.run(
        [sys.executable, "-m", "moat_lab", "report", *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_command_rebuilds_the_report(small):
    done = command(small)
    assert (done.returncode, done.stdout.strip()) == (0, str(small / "report.md"))
    assert (small / "report.md").exists()


def test_a_bad_folder_is_one_sentence_and_exit_2(tmp_path):
    done = command(tmp_path)
    assert done.returncode == 2
    assert done.stderr.splitlines() == [
        f"a results folder with a plan.json is needed; got {tmp_path}, which has none to read.",
        "  `python -m moat_lab.study NAME` makes one below runs/",
    ]


def test_neither_torch_nor_pyplot_is_loaded(small):
    code = (
        "import sys; from pathlib import Path; from moat_lab.records import ResultsFolder\n"
        "from moat_lab.report.write import write_report\n"
        "assert 'matplotlib' not in sys.modules\n"
        "write_report(ResultsFolder(Path(sys.argv[1])))\n"
        "print({'torch', 'optuna', 'matplotlib.pyplot'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code, small], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"
