"""The notebook of the docs runs from its first cell to its last, and shows pictures and tables."""

import os
from pathlib import Path

import nbformat
from nbclient import NotebookClient

NOTEBOOK = Path(__file__).parents[2] / "docs" / "notebook.ipynb"


def test_the_notebook_runs_and_shows_what_it_promises(tmp_path, monkeypatch):
    monkeypatch.setenv("MOAT_LAB_CACHE", str(tmp_path))
    monkeypatch.setenv(
        "PYTHONPATH", os.pathsep.join([str(NOTEBOOK.parents[1]), os.environ.get("PYTHONPATH", "")])
    )
    book = nbformat.read(NOTEBOOK, as_version=4)
    assert [cell for cell in book.cells if cell.get("outputs")] == []
    NotebookClient(book, timeout=120, resources={"metadata": {"path": str(tmp_path)}}).execute()
    shown = [cell.outputs[-1]["data"] for cell in book.cells if cell.cell_type == "code"]
    assert ["image/png" in data for data in shown] == [False] * 5 + [True] * 3 + [False]
    assert ["text/html" in data for data in shown] == [True] * 5 + [False] * 3 + [True]
    assert "12 networks" in shown[2]["text/html"]
    assert "top-1" in shown[3]["text/html"]
