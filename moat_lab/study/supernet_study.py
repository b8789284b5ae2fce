"""A study's space served by one set of weights, and how far the order that they give can be trusted."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import fmean

import pandas as pd

from moat_lab.analysis.correlation import rank_correlation
from moat_lab.analysis.intervals import Interval
from moat_lab.costs import cost_at
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
from moat_lab.study.study_spec import SpacePoint, StudySpec
from moat_lab.tasks import TASKS
from moat_lab.train import Recipe

Scores = dict[str, dict[int, float]]
"""Network key -> seed -> score."""
MOST_NETWORKS = 1000
"""Of a larger space so many are drawn."""
CHECKPOINT, TABLE = "supernet.safetensors", "inherited.csv"


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


def run_supernet(
    spec: StudySpec, folder: ResultsFolder, options: SupernetOptions, say: Callable[[str], None]
) -> Path:
    """Trains the shared weights, judges every network by them, and holds that against trainings from scratch.

    Goes on from its last checkpoint, and takes trainings that lie below the roots. Gives the report.

    Raises:
        UserError: the space has one network, or the recipe is not for classification.
    """
    from moat_lab.train.supernet import inherited_scores, train_supernet  # loads torch

    networks, recipe = networks_of(spec), longer(spec.recipe, options.epochs)
    say(f"{len(networks):,} networks share one set of weights; {recipe.epochs} epochs.")
    with folder.locked():
        shared, train_s = train_supernet(
            networks,
            recipe,
            options.seed,
            checkpoint=folder.path / CHECKPOINT,
            device=options.device,
            on_epoch=lambda record: say(
                f"epoch {record.epoch}/{recipe.epochs}: the largest reaches {100 * record.score:.1f} %"
            ),
        )
        say(f"Trained in {train_s:.0f} s. Each network is judged by its part of the weights.")
        judged = dict(inherited_scores(shared, networks, recipe, options.seed, options.device))
    known = _from_scratch(spec, networks, folder, options)
    scores = _table(judged, known, recipe)
    write_atomically(folder.path / TABLE, scores.to_csv(index=False, lineterminator="\n"))
    trust = {name: _agreement(rows) for name, rows in _groups(scores).items()}
    text = supernet_markdown(spec.name, recipe.content(), scores, trust, train_s=train_s)
    return write_atomically(folder.report_file, text)


def networks_of(spec: StudySpec) -> list[Network]:
    """Those of the study's design, or of its search's space within the limits; at most 1,000, drawn."""
    if spec.search is None:
        found = [point.network for point in spec.points]
    else:
        candidates = candidates_of(spec.space, spec.search.limits, spec.recipe.inputs)
        feasible = (digits for digits in candidates.points() if not candidates.violation(digits))
        found = [candidates.space.at(digits) for digits in feasible]
    unique = list({network.key: network for network in found}.values())
    if len(unique) < 2:
        raise UserError("supernet: a space of two networks or more is needed; got one")
    return unique if len(unique) <= MOST_NETWORKS else random.Random(0).sample(unique, MOST_NETWORKS)


def longer(recipe: Recipe, epochs: int) -> Recipe:
    """The recipe with so many epochs, and a warm-up in proportion; validated ten times at most."""
    warmup = recipe.warmup_epochs * epochs / recipe.epochs
    return recipe.model_copy(
        update={"epochs": epochs, "warmup_epochs": warmup, "curve_points": min(10, epochs)}
    )


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


def _table(judged: dict[Network, float], known: dict[str, dict[int, float]], recipe: Recipe) -> pd.DataFrame:
    """A row for each network, best first."""
    rows = [
        {
            "key": network.key,
            "network": str(network),
            **cost_at(network, recipe.inputs).values,
            "inherited": score,
            "from_scratch": fmean(known[network.key].values()) if network.key in known else math.nan,
            "seeds": len(known.get(network.key, ())),
        }
        for network, score in judged.items()
    ]
    return pd.DataFrame(rows).sort_values("inherited", ascending=False, ignore_index=True)


def _groups(scores: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """The networks whose own score is known: all, and the best third of them."""
    known = scores.dropna(subset="from_scratch")
    best = known.nlargest(len(known) // 3, "from_scratch")
    return {"all": known, "the best third": best}


def _agreement(rows: pd.DataFrame) -> Interval:
    return rank_correlation(rows["inherited"], rows["from_scratch"])
