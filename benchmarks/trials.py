"""What a trial costs outside of training, and whether any sampler trains what it should not.

python benchmarks/trials.py [--trials 1000] [--samplers ehvi,nsga2] [--gp-trials 100]
"""

from __future__ import annotations

import argparse
import hashlib
import math
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.simulation import Ended, simulate
from moat_lab.costs import cost
from moat_lab.lookup import STUDY, find_file
from moat_lab.records import Search
from moat_lab.search.agenda import Request, Result
from moat_lab.search.candidates import candidates_of
from moat_lab.search.journal import Journal
from moat_lab.search.limits import violation
from moat_lab.search.optuna_study import new_study
from moat_lab.search.sampler_agenda import SamplerAgenda
from moat_lab.search.samplers import SAMPLERS
from moat_lab.study.study_spec import load_study

SPEC = load_study(find_file(STUDY, "search_tiny_widths"))
RECIPE = SPEC.recipe
LIMITS = {"macs": 3e6, "params": 250e3}
TIMED = ("ehvi", "nsga2")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--trials", type=int, default=1000)
    parser.add_argument("--gp-trials", type=int, default=100)
    parser.add_argument("--samplers", default=",".join(SAMPLERS))
    given = parser.parse_args()
    print(f"a space of {SPEC.space.size} networks, macs <= 3M, params <= 250k")
    names = given.samplers.split(",")
    for name in [name for name in TIMED if name in names]:
        print(
            f"{name:12} {given.trials} trials, median ms outside of training: {timed(name, given.trials)}",
            flush=True,
        )
    for name in names:
        trials = given.gp_trials if name == "gp" else given.trials
        for workers in (1, 8):
            agenda = agenda_of(name, trials)
            ended = simulate(agenda, answer_of(agenda), workers=workers)
            beyond, repeated = infeasible(agenda, ended), repeats(ended)
            said = f"{len(ended)} trainings, {beyond} beyond the limits, {repeated} repeated"
            print(f"{name:12} {workers} workers: {said}", flush=True)


def timed(name: str, trials: int) -> str:
    """Medians of all trials and of the last hundred: asked, checked, told, and both events on disk."""
    agenda, spent, busy = agenda_of(name, trials), list[float](), list[float]()
    answer = answer_of(agenda)
    with tempfile.TemporaryDirectory() as folder:
        journal = Journal(Path(folder) / "trials.jsonl")
        for _ in range(trials):
            start, started = time.perf_counter(), time.process_time()
            request = agenda.ask()
            assert request is not None
            journal.append("asked", request)
            agenda.tell(request, answer(request))
            journal.append("told", request)
            spent.append(1000 * (time.perf_counter() - start))
            busy.append(1000 * (time.process_time() - started))
    return f"{medians(spent)}; of processor time {medians(busy)}"


def medians(values: list[float]) -> str:
    return f"{statistics.median(values):.1f} (last 100: {statistics.median(values[-100:]):.1f})"


def agenda_of(name: str, trials: int) -> SamplerAgenda:
    """A search of the widths, with one seed and without rungs."""
    search = Search(
        space=str(SPEC.space),
        objectives=("top1", "macs"),
        limits=LIMITS,
        reference={"top1": 0.7, "macs": 3e6},
        sampler={"name": name, "seed": 0},
        trials=trials,
    )
    candidates = candidates_of(SPEC.space, LIMITS, RECIPE.inputs)
    study = new_study(search, candidates, epochs=RECIPE.epochs)
    return SamplerAgenda(search, candidates, study, seeds=(0,), epochs=RECIPE.epochs)


def answer_of(agenda: SamplerAgenda) -> Callable[[Request], Result]:
    """A made-up top-1 that rises with the parameters, with luck from the network's key."""

    def answer(request: Request) -> Result:
        luck = hashlib.sha256(request.key.encode()).digest()[0] / 255
        top1 = 0.97 - 0.2 * math.exp(-agenda.variants[request.key].costs["params"] / 50e3) - 0.02 * luck
        return {"top1": top1}

    return answer


def infeasible(agenda: SamplerAgenda, ended: list[Ended]) -> int:
    """Trainings beyond the limits, by costs that are counted anew from the network's text."""
    return sum(violation(costs(agenda.variants[one.request.key].network), LIMITS) > 0 for one in ended)


def costs(network: str) -> dict[str, float]:
    of = cost(network, RECIPE.resolution, num_classes=10, in_chans=1)
    return {"macs": of.macs, "params": of.params}


def repeats(ended: list[Ended]) -> int:
    """Trainings of a network with a seed to an epoch that was trained before."""
    return len(ended) - len({(one.request.key, one.request.seed, one.request.epochs) for one in ended})


if __name__ == "__main__":
    main()
