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
from moat_lab.records import Plan, ResultsFolder
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
from moat_lab.train import Recipe

FINE_TUNE_RATE = 0.1
"""Times the recipe's learning rate: at its full height, a few epochs undo what the shared training taught."""
_FRESH = 0.01
"""The share that the first values may have in the statistics of batch norms after a fine-tuning."""
Scores = dict[str, dict[int, float]]
"""Network key -> seed -> score."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SupernetOptions:
    """Args:
    epochs: of the shared training; each step trains four networks.
    fine_tune: epochs that each network trains on from its part of the shared weights; 0 is none.
    from_scratch: networks whose order by trainings of their own is known at least.
    roots: where such trainings may lie.
    """

    epochs: int
    from_scratch: int
    fine_tune: int = 0
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
    from moat_lab.models.shared import write_shared

    networks, recipe = networks_of(spec), longer(spec.recipe, options.epochs)
    _check_fine_tuning(spec.recipe, options.fine_tune)
    with folder.locked():
        found = share_weights(networks, recipe, folder, seed=options.seed, device=options.device, say=say)
        write_shared(folder.shared_weights_file, found.state, networks=len(networks))
    scores = inherited_table(found.scores, recipe)
    if options.fine_tune:
        say(f"Each network trains on, {options.fine_tune} of {spec.recipe.epochs} epochs.")
        scores = scores.assign(fine_tuned=scores["key"].map(_fine_tuned(spec, networks, folder, options)))
    scores = _with_own_scores(scores, _from_scratch(spec, networks, folder, options))
    write_inherited(folder, scores)
    kinds = ("inherited", "fine_tuned") if options.fine_tune else ("inherited",)
    trust = {kind: agreements(scores[kind], scores["from_scratch"]) for kind in kinds}
    text = supernet_markdown(
        spec.name, recipe.content(), scores, trust, train_s=found.train_s, fine_tune=options.fine_tune
    )
    return write_atomically(folder.report_file, text)


def _check_fine_tuning(recipe: Recipe, epochs: int) -> None:
    """Raises UserError unless a fine-tuning is shorter than a training from scratch."""
    if epochs >= recipe.epochs:
        raise UserError(
            f"--fine-tune: fewer epochs than the recipe's {recipe.epochs} are needed; got {epochs}"
        )


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
    plan = _each_once(spec, drawn)
    for root in options.roots:
        take_recorded(plan, inner, root)
    run_study(plan, inner, workers=options.workers, device=options.device)
    return _known(spec, networks, roots)


def _fine_tuned(
    spec: StudySpec, networks: Sequence[Network], folder: ResultsFolder, options: SupernetOptions
) -> dict[str, float]:
    """Network key -> score after a few epochs more; a network whose training failed has none."""
    from moat_lab.models.starting_weights import with_digest

    of = spec.recipe
    momentum = _settling_momentum(options.fine_tune * of.steps_per_epoch)
    changes = {
        "epochs": options.fine_tune,
        "learning_rate": FINE_TUNE_RATE * of.learning_rate,
        "tuned": tuple((key, FINE_TUNE_RATE * rate) for key, rate in of.tuned),
        "batch_norm_momentum": max(of.batch_norm_momentum, momentum),
        "ema": 0.0,
        "curve_points": 1,
        "warmup_epochs": 0.0,
        "head_epochs": 0,
        "mixup_off_epoch": 0,
        "pretrain": None,
        "weights": with_digest(str(folder.shared_weights_file)),
    }
    recipe = of.model_copy(update=changes)
    inner = ResultsFolder(folder.path / "fine_tuned")
    plan = _each_once(replace(spec, recipe=recipe), networks)
    run_study(plan, inner, workers=options.workers, device=options.device)
    scores = recorded_scores((folder.path,), recipe.key)
    return {key: fmean(of_seeds.values()) for key, of_seeds in scores.items() if of_seeds}


def _settling_momentum(steps: int) -> float:
    """Of batch norms whose statistics start anew, so that these steps are enough."""
    return float(1 - _FRESH ** (1 / steps))


def _each_once(spec: StudySpec, networks: Sequence[Network]) -> Plan:
    """Trains each network with one seed, and asks nothing."""
    points = tuple(SpacePoint(levels={"network": each.key}, network=each) for each in networks)
    alone = replace(
        spec,
        points=points,
        baseline=networks[0],
        search=None,
        claims={},
        cells=(),
        match=("none",),
        tune=None,
    )
    return make_plan(alone, seeds=1, command="")


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
