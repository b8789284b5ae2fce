"""How much of a recorded table's hypervolume each sampler has found after how many trainings.

python benchmarks/samplers.py [--repeats 50] [--samplers random,ehvi] [--tables table_tiny] [--rungs]

A search sees one seed of each network; the frontier that it finds is judged by the mean of the other seeds,
as a share of what a training of all networks with the seen seed would have found. So luck that was selected
does not count. Every sampler has the same limit, at the reference: none trains what cannot count. `blind` is
ehvi without exact costs and without the reference: what is left of its lead is not knowledge.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import optuna

import moat_lab
from benchmarks.simulation import Ended, RecordedTable, recorded_results, trainings
from moat_lab.analysis import hypervolume, nondominated
from moat_lab.lookup import STUDY, find_file
from moat_lab.records import ResultsFolder, Rungs, Search
from moat_lab.records.inherited import read_inherited
from moat_lab.search.agenda import Request
from moat_lab.search.candidates import Candidates, candidates_of
from moat_lab.search.ehvi_sampler import EhviSampler
from moat_lab.search.optuna_study import new_study
from moat_lab.search.sampler_agenda import SamplerAgenda
from moat_lab.study.study_spec import load_study

REFERENCES = {
    "table_tiny": (-0.85, 10e6),
    "table_scenes": (-0.75, 2.5e6),
    "table_widths": (-0.45, 2.3e6),
    "table_depths": (-0.45, 1.5e6),
}
"""A little worse than the ends of the table's frontier, such as 85.6 % at 0.69 and 95.3 % at 9.0 MMACs."""
SHARE = 0.95
COMPARED = ("random", "qmc", "tpe", "nsga2", "nsga3", "gp", "blind", "ehvi")
STAND_INS = {"blind": "random", "shared": "ehvi"}
"""What a search is made with whose sampler, or prior, is put there afterwards."""
OPTIONS = {"nsga2": {"population_size": 20}, "nsga3": {"population_size": 20}}
"""The default of 50 is a quarter of the table: it would draw at random for as long as it takes."""
RUNGS = (Rungs(epochs=(3,), keep=0.5), Rungs(epochs=(9,), keep=0.5), Rungs(epochs=(18,), keep=0.7))
SHOWN = (5, 10, 20, 40, 80)
"""Full trainings after which the course of a search is printed."""
Course = list[tuple[float, float]]
"""(epochs in full trainings, share of the volume) after each network that was trained to its end."""


@dataclass(frozen=True, kw_only=True)
class Task:
    """A recorded table as one search sees it.

    Args:
        seed: of the trainings that the search sees.
        answers: what these give, and what networks reach by the other seeds.
        inherited: network key -> score by shared weights, as `moat-lab supernet` wrote it down.
    """

    candidates: Candidates
    answers: RecordedTable
    reference: tuple[float, float]
    seed: int
    epochs: int
    inherited: Mapping[str, float]

    def volume(self, keys: Sequence[str]) -> float:
        """By the other seeds, of the frontier that the seen seed makes of these networks."""
        truth = self.answers.losses_of(list(keys))
        seen = [-self.answers.top1[Request(key, self.seed, self.epochs)] for key in keys]
        return hypervolume(truth[nondominated(np.column_stack([seen, truth[:, 1]]))], self.reference)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--repeats", type=int, default=50)
    parser.add_argument("--samplers", default=",".join(COMPARED))
    parser.add_argument("--tables", default=",".join(REFERENCES))
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--inherited", type=Path, help="the folder with TABLE_supernet/inherited.csv")
    parser.add_argument("--rungs", action="store_true", help="with successive halving too")
    given = parser.parse_args()
    for table in given.tables.split(","):
        tasks = tasks_of(table, given.inherited)
        print(f"{table}: {given.repeats} repeats, {given.workers} workers; median [95 %]")
        for rungs in (None, *RUNGS) if given.rungs else (None,):
            print(f"rung at {rungs.epochs}, keep {rungs.keep:.2f}" if rungs else "full trainings")
            for name in given.samplers.split(","):
                start = time.perf_counter()
                courses = [
                    course(tasks[i % len(tasks)], name, i, rungs, given.workers) for i in range(given.repeats)
                ]
                took = time.perf_counter() - start
                print(f"{name:7} {described(courses)} ({took:.0f} s)", flush=True)


def tasks_of(name: str, inherited: Path | None) -> list[Task]:
    """One for each seed of a table."""
    shared = read_inherited(ResultsFolder(inherited / f"{name}_supernet").inherited_file) if inherited else {}
    table, spec = moat_lab.table(name), load_study(find_file(STUDY, name))
    reference, seeds = REFERENCES[name], sorted(table["seed"].unique())
    candidates = candidates_of(spec.space, {"macs": reference[1]}, spec.recipe.inputs)
    return [
        Task(
            candidates=candidates,
            answers=recorded_results(table, judges=[seed for seed in seeds if seed != seen]),
            reference=reference,
            seed=int(seen),
            epochs=spec.recipe.epochs,
            inherited=shared,
        )
        for seen in seeds
    ]


def course(task: Task, name: str, repeat: int, rungs: Rungs | None, workers: int) -> Course:
    """Of one search, until it has spent as much as is shown, and has reached the goal."""
    everything = task.volume([key for key, loss in zip(task.answers.keys, task.answers.losses, strict=True)
                              if loss[1] <= task.reference[1]])  # fmt: skip
    spent, whole, steps = 0.0, list[str](), Course()
    for ended in searched(task, name, repeat, rungs, workers):
        spent += epochs_of(ended, rungs, task.epochs) / task.epochs
        if ended.request.epochs == task.epochs:
            whole.append(ended.request.key)
            steps.append((spent, task.volume(whole) / everything))
        if spent >= SHOWN[-1] and reached(steps) < np.inf:
            break
    return steps


def searched(task: Task, name: str, repeat: int, rungs: Rungs | None, workers: int) -> Iterator[Ended]:
    """The trainings of a search of the whole table."""
    search = Search(
        space=str(task.candidates.space),
        objectives=("top1", "macs"),
        limits=task.candidates.limits,
        reference={"top1": -task.reference[0], "macs": task.reference[1]},
        sampler={"name": STAND_INS.get(name, name), "seed": repeat, **OPTIONS.get(name, {})},
        trials=len(task.answers.keys),
        rungs=rungs,
    )
    candidates = replace(task.candidates, inherited=task.inherited if name == "shared" else {})
    study = new_study(search, candidates, epochs=task.epochs)
    if name == "blind":
        study.sampler = blind(task.candidates, repeat)
    agenda = SamplerAgenda(search, task.candidates, study, seeds=(task.seed,), epochs=task.epochs)
    return trainings(
        agenda, task.answers.result, workers=workers, duration=lambda request: float(request.epochs)
    )


def blind(candidates: Candidates, seed: int) -> optuna.samplers.BaseSampler:
    """Ehvi that learns costs from trainings, as other samplers do."""
    return EhviSampler(
        seed=seed,
        space=candidates.distributions(),
        allowed=lambda params: not candidates.violation(candidates.digits(params)),
    )


def epochs_of(ended: Ended, rungs: Rungs | None, last: int) -> int:
    """The epochs of one request: a continued training does not start over."""
    stops = (0, *(rungs.epochs if rungs else ()), last)
    return ended.request.epochs - stops[stops.index(ended.request.epochs) - 1]


def reached(steps: Course) -> float:
    """Trainings until the goal; infinite where it was not reached."""
    return next((spent for spent, share in steps if share >= SHARE), float("inf"))


def described(courses: Sequence[Course]) -> str:
    """Trainings to the goal, and the share of the volume on the way there."""
    shares = [
        f"{count}: {interval([100 * share_after(steps, count) for steps in courses])}" for count in SHOWN
    ]
    goal = interval([reached(steps) for steps in courses])
    return f"{goal} trainings to {100 * SHARE:.0f} %; % of the volume after {', '.join(shares)}"


def share_after(steps: Course, spent: float) -> float:
    return next((share for at, share in reversed(steps) if at <= spent), 0.0)


def interval(values: list[float]) -> str:
    """Median with a 95 % interval from the order of the values (binomial)."""
    ordered, n = sorted(values), len(values)
    half = 1.96 * (n**0.5) / 2
    low, high = max(0, round(n / 2 - half)), min(n - 1, round(n / 2 + half))
    return f"{statistics.median(values):.1f} [{ordered[low]:.1f}, {ordered[high]:.1f}]"


if __name__ == "__main__":
    main()
