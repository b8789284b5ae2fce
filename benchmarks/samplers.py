"""Trainings until 95 % of the hypervolume of a recorded table, by sampler, and epochs with rungs.

python benchmarks/samplers.py [--repeats 50] [--samplers random,ehvi] [--no-rungs]
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections import Counter
from collections.abc import Iterator

import moat_lab
from benchmarks.simulation import Ended, RecordedTable, recorded_results, trainings
from moat_lab.analysis import hypervolume
from moat_lab.lookup import STUDY, find_file
from moat_lab.records import Rungs, Search
from moat_lab.search.candidates import candidates_of
from moat_lab.search.optuna_study import new_study
from moat_lab.search.sampler_agenda import SamplerAgenda
from moat_lab.study.study_spec import load_study

SPEC = load_study(find_file(STUDY, "table_tiny"))
EPOCHS = SPEC.recipe.epochs
CANDIDATES = candidates_of(SPEC.space, {}, SPEC.recipe.inputs)
REFERENCE = (-0.85, 10e6)
"""A little worse than the ends of the table's frontier: 85.6 % at 0.69 MMACs, 95.3 % at 9.0 MMACs."""
SHARE = 0.95
COMPARED = ("random", "qmc", "tpe", "nsga2", "nsga3", "gp", "ehvi")
OPTIONS = {"nsga2": {"population_size": 20}, "nsga3": {"population_size": 20}}
"""The default of 50 is a quarter of the table: it would draw at random for as long as it takes."""
RUNGS = (Rungs(epochs=(3,), keep=0.5), Rungs(epochs=(9,), keep=0.5), Rungs(epochs=(18,), keep=0.7))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--repeats", type=int, default=50)
    parser.add_argument("--samplers", default=",".join(COMPARED))
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--rungs", action=argparse.BooleanOptionalAction, default=True)
    given = parser.parse_args()
    answers = recorded_results(moat_lab.table("table_tiny"))
    goal = SHARE * hypervolume(answers.losses, REFERENCE)
    print(f"{len(answers.keys)} networks, {given.repeats} repeats, {given.workers} workers; median [95 %]")
    for rungs in (None, *RUNGS) if given.rungs else (None,):
        said = f"rung at {rungs.epochs}, keep {rungs.keep:.2f}" if rungs else "full trainings"
        for name in given.samplers.split(","):
            start = time.perf_counter()
            costs = [
                epochs_to(goal, answers, name, seed, rungs, given.workers) for seed in range(given.repeats)
            ]
            took = time.perf_counter() - start
            print(
                f"{name:10} {said:18} {interval([c / EPOCHS for c in costs])} trainings ({took:.0f} s)",
                flush=True,
            )


def epochs_to(
    goal: float, answers: RecordedTable, name: str, seed: int, rungs: Rungs | None, workers: int
) -> float:
    """Epochs, of one seed, until the fully trained networks dominate the goal; infinite if they never do."""
    spent, finals, whole = 0, Counter[str](), list[str]()
    for ended in searched(answers, name, seed, rungs, workers):
        spent += epochs_of(ended, rungs)
        if ended.request.epochs < EPOCHS:
            continue
        finals[ended.request.key] += 1
        if finals[ended.request.key] == SPEC.seeds:
            whole.append(ended.request.key)
            if hypervolume(answers.losses_of(whole), REFERENCE) >= goal:
                return spent / SPEC.seeds
    return float("inf")


def searched(
    answers: RecordedTable, name: str, seed: int, rungs: Rungs | None, workers: int
) -> Iterator[Ended]:
    """The trainings of a search of the whole table."""
    search = Search(
        space=str(SPEC.space),
        objectives=("top1", "macs"),
        limits={},
        reference={"top1": -REFERENCE[0], "macs": REFERENCE[1]},
        sampler={"name": name, "seed": seed, **OPTIONS.get(name, {})},
        trials=len(answers.keys),
        rungs=rungs,
    )
    study = new_study(search, CANDIDATES, epochs=EPOCHS)
    agenda = SamplerAgenda(search, CANDIDATES, study, seeds=range(SPEC.seeds), epochs=EPOCHS)
    return trainings(agenda, answers.result, workers=workers, duration=lambda request: request.epochs)


def epochs_of(ended: Ended, rungs: Rungs | None) -> int:
    """The epochs of one request: a continued training does not start over."""
    stops = (0, *(rungs.epochs if rungs else ()), EPOCHS)
    return ended.request.epochs - stops[stops.index(ended.request.epochs) - 1]


def interval(values: list[float]) -> str:
    """Median with a 95 % interval from the order of the values (binomial)."""
    ordered, n = sorted(values), len(values)
    half = 1.96 * (n**0.5) / 2
    low, high = max(0, round(n / 2 - half)), min(n - 1, round(n / 2 + half))
    return f"{statistics.median(values):6.1f} [{ordered[low]:.1f}, {ordered[high]:.1f}]"


if __name__ == "__main__":
    main()
