"""A results folder with a damaged evaluation, measurement or count of proposals, up to its table."""

import random
from pathlib import Path

from moat_lab.analysis import summary
from moat_lab.records import OutcomeReader, ResultsFolder
from tests.fuzz import json_file
from tests.fuzz.target import ROOT, FuzzTarget

RESULTS = (ROOT / "results/ablate_order_digits", ROOT / "results/search_tiny_widths")
FILES = tuple(
    next(iter(sorted(folder.glob("*.json"))))
    for folder in (RESULTS[0] / "evaluations", RESULTS[1] / "measurements")
)
CORPUS = (*(path.read_bytes() for path in FILES), b'{"duplicates": 3, "infeasible": 7}')
PLAN = ResultsFolder(RESULTS[0]).read_plan()


def mutant(rng: random.Random) -> bytes:
    return json_file.mutant(rng, CORPUS)


def ask(content: bytes, folder: Path) -> bool:
    """Whether the file is one of the records; in each of its places it is read, or named as damaged."""
    for path in FILES:
        there = folder / path.parent.name / path.name
        there.parent.mkdir(exist_ok=True)
        there.write_bytes(content)
    (folder / "proposals.json").write_bytes(content)
    reading, outcomes = ResultsFolder(folder).read(), OutcomeReader(ResultsFolder(folder)).read()
    if (len(reading.evaluations), reading.damaged) != (len(outcomes.evaluations), outcomes.damaged):
        raise AssertionError("the two readers of a folder differ")
    if len(reading.evaluations + reading.measurements + reading.damaged) != len(FILES):
        raise AssertionError("a file is neither read nor named as damaged")
    if reading.evaluations:
        summary(PLAN, reading.evaluations)
    return bool(reading.evaluations + reading.measurements or reading.proposal_counts)


TARGET = FuzzTarget(mutant=mutant, ask=ask, share=4)
