"""How long trainings take on this machine, from those that it has done."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError

from moat_lab.device import processor
from moat_lab.lookup import shipped
from moat_lab.records import Evaluation, ResultsFolder
from moat_lab.search.candidates import candidates_of
from moat_lab.study.plan import make_plan
from moat_lab.study.study_spec import StudySpec
from moat_lab.train import Recipe

ROOTS = (Path("runs"), Path("results"), shipped() / "results")
"""Where trainings lie that were done before."""
_SHORTEST_S = 1e-6
_MOST, _EACH = 1000, 10
"""Evaluations that an estimate is made of, in all and of each folder."""
_DRAWN, _FEASIBLE = 1000, 100
"""Points of a space that are looked at, and networks within the limits that are enough for their middle."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """Seconds of a training: so much for each image shown, and so much for each MAC of it.

    Args:
        factors: (data, resolution) -> how much longer trainings on such images took, in the median.
    """

    image_s: float
    mac_s: float
    factors: Mapping[tuple[str, int], float] = field(default_factory=dict)

    def training_s(self, macs: int, recipe: Mapping[str, Any]) -> float:
        """One training of a network with these MACs, with its looks at val, on one worker.

        An image of val takes a forward pass, about a third of what an image takes in training.
        """
        looked_at = int(recipe["curve_points"]) * int(recipe["val"]) / 3
        once = (images_of(recipe) + looked_at) * (self.image_s + self.mac_s * macs)
        return once * self.factors.get(_data_of(recipe), 1.0)


def trained_macs(spec: StudySpec) -> list[int]:
    """MACs of each network of a study; of a search, the middle one of its space, as often as it may train."""
    if spec.search is None:
        return [int(variant.costs["macs"]) for variant in make_plan(spec, seeds=1, command="").networks]
    candidates = candidates_of(spec.space, spec.search.limits, spec.recipe.inputs)
    points = candidates.points()
    drawn = random.Random(0).sample(points, min(_DRAWN, len(points)))
    feasible = islice((d for d in drawn if not candidates.violation(d)), _FEASIBLE)
    return [int(median(candidates.variant(d).costs["macs"] for d in feasible))] * spec.search.trials


def study_s(spec: StudySpec, macs: Iterable[int], pace: Pace, *, workers: int) -> float:
    """Seconds of a whole study of networks with these MACs, with `workers` trainings at a time."""
    recipes = trained_by(spec.schedules.values() or (spec.recipe,))
    once = sum(pace.training_s(each, recipe) for each in macs for recipe in recipes)
    tuned = len(spec.tune.rates) * len(spec.tune.seeds) if spec.tune else 0
    return (spec.seeds + tuned) * once / workers


def trained_by(recipes: Iterable[Recipe]) -> list[Mapping[str, Any]]:
    """Their content, and that of the recipes that train before them, each of which is done once."""
    given = list(recipes)
    firsts = {recipe.pretrain.key: recipe.pretrain for recipe in given if recipe.pretrain}
    before = trained_by(firsts.values()) if firsts else []
    return [*before, *(recipe.content() for recipe in given)]


def local_evaluations(roots: Iterable[Path]) -> list[Evaluation]:
    """Some evaluations of each results folder, of this processor where there are any."""
    stores = [folder.evaluations for root in roots for folder in ResultsFolder.below(root)]
    files = [(store, path) for store in stores for path in sorted(store.folder.glob("*.json"))[:_EACH]]
    records = [store.read_file(path) for store, path in files]
    evaluations = [record for record in records if isinstance(record, Evaluation)]
    recipes = {str(e.recipe): e.recipe for e in evaluations}  # many trainings have one
    is_counted = {text: _is_counted(recipe) for text, recipe in recipes.items()}
    parsed = [e for e in evaluations if is_counted[str(e.recipe)]]
    here = [e for e in parsed if e.environment.get("processor") == processor()]
    return here or parsed


def pace(evaluations: Iterable[Evaluation]) -> Pace | None:
    """The pace that fits finished trainings best, in least squares of the relative error; None without one.

    What data and resolution add is a factor: the median of what trainings on them took beyond that.

    Source: Lawson and Hanson 1974, least squares with weights that are not negative.
    """
    finished = [e for e in evaluations if e.status == "ok" and e.train_s > _SHORTEST_S][:_MOST]
    if not finished:
        return None
    rows = np.array([[images_of(e.recipe) * of / e.train_s for of in (1, e.costs["macs"])] for e in finished])
    scale = rows.max(axis=0)
    weights = nonnegative_weights(rows / scale)
    image_s, mac_s = weights / scale
    common, ratios = Pace(image_s=float(image_s), mac_s=float(mac_s)), defaultdict[Any, list[float]](list)
    for e in finished:
        ratios[_data_of(e.recipe)].append(e.train_s / common.training_s(e.costs["macs"], e.recipe))
    return replace(common, factors={images: median(of) for images, of in ratios.items()})


def nonnegative_weights(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    """(2,) weights, none below 0, whose sums of the rows (N, 2) are nearest to 1 in least squares.

    As scipy's `nnls`, without loading scipy.optimize, which takes a tenth of the list of all studies.
    """
    both: NDArray[np.float64] = np.linalg.lstsq(rows, np.ones(len(rows)), rcond=None)[0].astype("float64")
    alone: NDArray[np.float64] = np.diag(rows.sum(axis=0) / (rows**2).sum(axis=0))
    errors = ((rows @ alone - 1) ** 2).sum(axis=0)
    return both if (both >= 0).all() else alone[errors.argmin()]


def _data_of(recipe: Mapping[str, Any]) -> tuple[str, int]:
    return str(recipe["data"]), int(recipe["resolution"])


def _is_counted(recipe: Mapping[str, Any]) -> bool:
    """Whether it is a recipe that says how many images it shows."""
    try:
        parsed = Recipe.model_validate(recipe)
    except ValidationError:
        return False
    return "all" not in (parsed.train, parsed.val)


def images_of(recipe: Mapping[str, Any]) -> int:
    """Images shown in a training, each as often as it is."""
    return int(recipe["epochs"]) * (int(recipe["train"]) // int(recipe["batch"])) * int(recipe["batch"])
