"""A study's space served by one set of weights, and how far the order that they give can be trusted."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import fmean

import pandas as pd

from moat_lab.analysis.correlation import agreements
from moat_lab.errors import UserError
from moat_lab.files import write_atomically
from moat_lab.grammar import Network
from moat_lab.records import ResultsFolder
from moat_lab.records.recorded_table import table
from moat_lab.records.runs_below import recorded_scores, take_recorded
from moat_lab.report.supernet import supernet_markdown
from moat_lab.search.candidates import candidates_of
from moat_lab.study.plan import make_plan
from moat_lab.study.run import run_study
from moat_lab.study.sharing import (
    Say,
    feasible_networks,
    few_of,
    inherited_table,
    longer,
    share_weights,
    write_inherited,
)
from moat_lab.study.study_spec import SpacePoint, StudySpec
from moat_lab.tasks import TASKS

Scores = dict[str, dict[int, float]]
"""Network key -> seed -> score."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SupernetOptions:
    """Args:
    epochs: of the shared training; each step trains four networks.
    from_scratch: networks whose order by trainings of their own is known at least.
    roots: where such trainings may lie.
    """

    epochs: int
    from_scratch: int
    roots: tuple[Path, ...]
    seed: int = 0
    device: str = "cpu"
    workers: int = 1


def run_supernet(spec: StudySpec, folder: ResultsFolder, options: SupernetOptions, say: Say) -> Path:
    """Trains the shared weights, judges every network by them, and holds that against trainings from scratch.

    Goes on from its last checkpoint, and takes trainings that lie below the roots. Gives the report.

    Raises:
        UserError: the space has one network, or the recipe is not for classification.
    """
    networks, recipe = networks_of(spec), longer(spec.recipe, options.epochs)
    with folder.locked():
        found = share_weights(networks, recipe, folder, seed=options.seed, device=options.device, say=say)
    known = _from_scratch(spec, networks, folder, options)
    scores = _with_own_scores(inherited_table(found.scores, recipe), known)
    write_inherited(folder, scores)
    trust = agreements(scores["inherited"], scores["from_scratch"])
    text = supernet_markdown(spec.name, recipe.content(), scores, trust, train_s=found.train_s)
    return write_atomically(folder.report_file, text)


def networks_of(spec: StudySpec) -> list[Network]:
    """Those of the study's design, or of its search's space within the limits; at most 1,000, drawn."""
    if spec.search is None:
        return few_of([point.network for point in spec.points])
    return few_of(feasible_networks(candidates_of(spec.space, spec.search.limits, spec.recipe.inputs)))


def _from_scratch(
    spec: StudySpec, networks: Sequence[Network], folder: ResultsFolder, options: SupernetOptions
) -> Scores:
    """Those of trainings by the study's own recipe; some are done now where few are known."""
    inner = ResultsFolder(folder.path / "from_scratch")
    roots = (inner.path.parent, *options.roots)
    known = _known(spec, networks, roots)
    if len(known) >= min(options.from_scratch, len(networks)):
        return known
    drawn = random.Random(options.seed).sample(list(networks), min(options.from_scratch, len(networks)))
    points = tuple(SpacePoint(levels={"network": each.key}, network=each) for each in drawn)
    alone = replace(
        spec, points=points, baseline=drawn[0], search=None, claims={}, cells=(), match=("none",), tune=None
    )
    plan = make_plan(alone, seeds=1, command="")
    for root in options.roots:
        take_recorded(plan, inner, root)
    run_study(plan, inner, workers=options.workers, device=options.device)
    return _known(spec, networks, roots)


def _known(spec: StudySpec, networks: Sequence[Network], roots: Sequence[Path]) -> Scores:
    """What lies below the roots, and in the recorded table of the study's name, if there is one."""
    keys = {network.key for network in networks}
    known: Scores = {
        key: scores for key, scores in recorded_scores(roots, spec.recipe.key, keys).items() if scores
    }
    with suppress(UserError):
        rows = table(spec.name)
        for key, seed, score in zip(
            rows["key"], rows["seed"], rows[TASKS[spec.recipe.task].score], strict=True
        ):
            if key in keys:
                known.setdefault(key, {}).setdefault(int(seed), float(score))
    return known


def _with_own_scores(table: pd.DataFrame, known: Scores) -> pd.DataFrame:
    """With the mean score of each network's own trainings, NaN where there are none, and their number."""
    own = [known.get(key, {}) for key in table["key"]]
    return table.assign(
        from_scratch=[fmean(scores.values()) if scores else math.nan for scores in own],
        seeds=[len(scores) for scores in own],
    )
