"""How long trainings take on this machine, from those that it has done."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from pydantic import ValidationError

from moat_lab.device import processor
from moat_lab.records import Evaluation, ResultsFolder, Store
from moat_lab.search.candidates import candidates_of
from moat_lab.study.plan import make_plan
from moat_lab.study.study_spec import StudySpec
from moat_lab.train import Recipe

_SHORTEST_S = 1e-6
_MOST, _EACH = 1000, 20
"""Evaluations that an estimate is made of, in all and of each folder."""


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
    drawn = [candidates.variant(d) for d in candidates.points()[:_MOST] if not candidates.violation(d)]
    return [int(median(variant.costs["macs"] for variant in drawn))] * spec.search.trials


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
    parsed = [e for store, path in files if (e := _read(store, path)) is not None]
    here = [e for e in parsed if e.environment.get("processor") == processor()]
    return here or parsed


def pace(evaluations: Iterable[Evaluation]) -> Pace | None:
    """The pace that fits finished trainings best, in least squares of the relative error; None without one.

    What data and resolution add is a factor: the median of what trainings on them took beyond that.

    Source: Lawson and Hanson 1974, least squares with weights that are not negative.
    """
    from scipy.optimize import nnls

    finished = [e for e in evaluations if e.status == "ok" and e.train_s > _SHORTEST_S][:_MOST]
    if not finished:
        return None
    rows = np.array([[images_of(e.recipe) * of / e.train_s for of in (1, e.costs["macs"])] for e in finished])
    scale = rows.max(axis=0)
    weights, _ = nnls(rows / scale, np.ones(len(rows)))
    image_s, mac_s = weights / scale
    common, ratios = Pace(image_s=float(image_s), mac_s=float(mac_s)), defaultdict[Any, list[float]](list)
    for e in finished:
        ratios[_data_of(e.recipe)].append(e.train_s / common.training_s(e.costs["macs"], e.recipe))
    return replace(common, factors={images: median(of) for images, of in ratios.items()})


def _data_of(recipe: Mapping[str, Any]) -> tuple[str, int]:
    return str(recipe["data"]), int(recipe["resolution"])


def _read(store: Store, path: Path) -> Evaluation | None:
    """The evaluation of a file; None where it is damaged, or its recipe is none that can be reckoned with."""
    record = store.read_file(path)
    return record if isinstance(record, Evaluation) and _is_counted(record.recipe) else None


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
