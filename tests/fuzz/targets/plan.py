"""A results folder with a damaged plan, up to its report's text."""

import random
from functools import cache
from pathlib import Path

from moat_lab.analysis import averaged_summary
from moat_lab.analysis.search_tables import hypervolume_by_trial, search_summary
from moat_lab.records import Evaluation, Reading, ResultsFolder
from moat_lab.report.ablation import ablation_markdown
from moat_lab.report.names import labels
from moat_lab.report.search import search_markdown
from tests.fuzz import json_file
from tests.fuzz.target import ROOT, FuzzTarget

FOLDERS = tuple(path.parent for path in sorted(ROOT.glob("results/*/plan.json")))
PLANS = tuple((folder / "plan.json").read_bytes() for folder in FOLDERS)
CELLS = b', "cells": ["moat"], "planned_looks": [5, 10], "earlier_looks": [5]}'
"""Ends the plan of a full design of `conv` and `moat` as one over cells."""
CORPUS = (*PLANS, (ROOT / "results/ablate_se/plan.json").read_bytes().rstrip(b" \n}") + CELLS)


def mutant(rng: random.Random) -> bytes:
    return json_file.mutant(rng, CORPUS)


def ask(content: bytes, folder: Path) -> bool:
    (folder / "plan.json").write_bytes(content)
    plan = ResultsFolder(folder).read_plan()
    reading = _reading(plan.name)
    labels(plan)
    if plan.search:
        table = search_summary(plan, reading)
        search_markdown(
            plan, plan.search, reading, table, hypervolume_by_trial(table, plan.search), ResultsFolder(folder)
        )
    else:
        ablation_markdown(plan, reading, averaged_summary(plan, reading.evaluations), ResultsFolder(folder))
    return True


@cache
def _reading(name: str) -> Reading[Evaluation]:
    known = {folder.name: folder for folder in FOLDERS}
    return ResultsFolder(known.get(name, FOLDERS[0])).read()


TARGET = FuzzTarget(mutant=mutant, ask=ask, share=1)
