"""What trained weights reach on images, and on which."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import torch
from torch import nn

from moat_lab.data import Dataset
from moat_lab.data.labelled_images import Indices, Labels, resized
from moat_lab.device import check_device
from moat_lab.errors import UserError
from moat_lab.models.sliding import SlidingWindows
from moat_lab.models.weights import WEIGHTS, About, Weights, official_preprocessing, read_weights
from moat_lab.numerics import exact_float32
from moat_lab.report.predictions import PredictedImage
from moat_lab.tasks import TASKS, task_name
from moat_lab.train.batches import Images
from moat_lab.train.folder import WHITE, Manifest, files_changed, read_manifest
from moat_lab.train.images import unchanged
from moat_lab.train.memory import keep_freed_memory
from moat_lab.train.recipe import Recipe, labelled_for
from moat_lab.train.recipe_checks import labels_of, parts_of
from moat_lab.train.statistics import Statistics
from moat_lab.train.validation import ValidationResult, validate
from moat_lab.train.worst_images import WorstImages


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluationRequest:
    """Which weights are to be evaluated, on what.

    Args:
        checkpoint: a file of weights, or a training's folder.
        data: empty is the training's own.
        part: train, val, test or all.
        resolution: pixels; None is that of the weights.
        sliding: side of windows that slide over each image, pixels; 0 sees it whole.
        overlap: least share of its side that a window has in common with the next one.
        pictures: how many of the worst images to keep, with labels and predictions.
    """

    checkpoint: Path
    data: str = ""
    part: str = "val"
    batch: int = 500
    resolution: int | None = None
    device: str = "cpu"
    sliding: int = 0
    overlap: float = 1 / 3
    pictures: int = 0

    @property
    def file(self) -> Path:
        return self.checkpoint / WEIGHTS if self.checkpoint.is_dir() else self.checkpoint


@dataclass(frozen=True, slots=True, kw_only=True)
class WeightsResult:
    """What weights reach on the images.

    Args:
        part: of the data, that was evaluated.
        note: what to know about it, or nothing.
        classes: names, where the data have any.
        class_scores: by title, each class's; empty for tasks that have none.
        worst: the images with the lowest scores, where pictures were asked for.
    """

    result: ValidationResult
    part: str
    resolution: int
    seconds: float
    note: str = ""
    classes: tuple[str, ...] = ()
    class_scores: Mapping[str, Sequence[float | None]] = field(default_factory=dict)
    worst: tuple[PredictedImage, ...] = ()


@exact_float32()
def evaluate_weights(request: EvaluationRequest) -> WeightsResult:
    """Runs the weights over the images.

    Raises:
        UserError: no such weights, data or device; the data have other classes or channels; or the task has
            no pictures or windows, and some are asked for.
    """
    check_device(request.device)
    keep_freed_memory()
    weights, manifest = read_weights(request.file), read_manifest(request.file.parent)
    name = request.data or (manifest.recipe["data"] if manifest else "")
    if not name:
        raise UserError(
            "evaluate: data are needed for weights without a training's folder\n  add --data NAME"
        )
    head = weights.inputs.head
    task = head.task if head else task_name(manifest.recipe if manifest else {})
    source = resized(labelled_for(task, name), manifest.recipe.get("resize") if manifest else None)
    if request.pictures:
        check_has_pictures(task)
    if request.sliding and TASKS[task].labels != "maps":
        raise UserError(
            f"sliding: weights for segmentation are needed; got those for {task}\n  leave --sliding out"
        )
    check_fits(weights, source, name, outputs=TASKS[task].outputs(source))
    recipe, part, note = intended_part(request.part, name, source, manifest)
    seed = manifest.seed if manifest else 0
    request = replace(request, part=part)
    about = weights.about or official_preprocessing(weights.network, weights.in_chans)
    resolution = request.resolution or about.resolution
    images = images_of(request, source, recipe, about, resolution, seed)
    worst = (
        WorstImages(TASKS[task], request.pictures, images.mean, images.deviation)
        if request.pictures
        else None
    )
    model: nn.Module = weights.model().to(request.device).to(memory_format=torch.channels_last)
    model = SlidingWindows(model, request.sliding, request.overlap) if request.sliding else model
    exact = torch.autocast(torch.device(request.device).type, enabled=False)
    start = time.perf_counter()
    result = validate(TASKS[task], model, images.in_order(batch=request.batch), exact, worst)
    seconds = time.perf_counter() - start
    return WeightsResult(
        result=result,
        part=part,
        resolution=resolution,
        seconds=seconds,
        note=note,
        classes=source.classes,
        class_scores=class_scores_of(result, source.num_classes),
        worst=worst.worst if worst else (),
    )


def class_scores_of(result: ValidationResult, classes: int) -> Mapping[str, Sequence[float | None]]:
    """Empty for tasks without scores of classes."""
    return result.task.class_scores(result.totals, classes) if result.task.class_scores else {}


def check_has_pictures(task: str) -> None:
    """Raises UserError unless the task says what to draw of labels and predictions."""
    if TASKS[task].overlays is None:
        having = ", ".join(name for name, other in TASKS.items() if other.overlays)
        raise UserError(
            f"pictures: weights for a task with pictures are needed; got {task}\n"
            f"  tasks with pictures: {having}"
        )


def intended_part(
    part: str, name: str, source: Dataset, manifest: Manifest | None
) -> tuple[Recipe | None, str, str]:
    """The recipe whose parts are meant, the part to evaluate, and what to know about it, if anything.

    The recipe is that of the training in whose folder the weights lie: of other data it says nothing.
    """
    if manifest is None:
        return None, part, ""
    files = source.encoded.listing() if source.encoded else None
    recipe = Recipe.model_validate(manifest.recipe)
    if name == recipe.data or (files and files == manifest.files):
        since = f"{name} has changed since the training: {part} may hold other images than then."
        return recipe, part, since if part != "all" and files_changed(manifest.files, files) else ""
    if part == "val" and source.from_val is None:
        return None, "all", f"{name} has no val part: all of its images were evaluated."
    return None, part, ""


def check_fits(weights: Weights, source: Dataset, data: str, *, outputs: int) -> None:
    """Raises UserError unless the network's channels and classes are those of the data."""
    for what, needed, there in (
        ("classes", outputs, weights.num_classes),
        ("channels", source.in_chans, weights.in_chans),
    ):
        if needed != there:
            raise UserError(
                f"evaluate: weights of as many {what} as {data} has are needed; "
                f"{data} has {needed}, the weights have {there}\n"
                "  take the data that they were trained on, with the same folders"
            )
    named = weights.about.classes if weights.about else ()
    for number, (ours, theirs) in enumerate(zip(named, source.classes, strict=False)):
        if ours != theirs:
            raise UserError(
                f"evaluate: the classes that the weights know are needed; class {number} is '{theirs}' "
                f"in {data} and '{ours}' in the weights\n"
                "  take the data that they were trained on, with the same folders"
            )


def images_of(
    request: EvaluationRequest,
    source: Dataset,
    recipe: Recipe | None,
    about: About,
    resolution: int,
    seed: int = 0,
) -> Images:
    """The images of the request's part, normalised as the weights need it; files are decoded on the way."""
    if request.part == "test" and source.test:
        source, chosen_part = source.test(), "all"
    else:
        chosen_part = request.part
    device = torch.device(request.device)
    scales = Statistics(mean=_levels(about.mean, device), deviation=_levels(about.deviation, device))
    labels = labels_of(source, resolution)
    part = positions(chosen_part, source, labels, recipe, seed)
    return unchanged(source, part, resolution, scales, request.device)


def positions(part: str, source: Dataset, labels: Labels, recipe: Recipe | None, seed: int = 0) -> Indices:
    """Of the images in the part: those of the training's recipe and seed, or the data's own val and train.

    Raises:
        UserError: without a recipe, and without a val part of the data's own, nobody knows which they are.
    """
    if part == "all":
        return np.arange(len(labels))
    if recipe:
        chosen: Indices = getattr(parts_of(recipe, source, labels, seed), part)
        return chosen
    if source.from_val is None or part == "test":
        raise UserError(
            f"evaluate: the training's folder is needed, whose recipe says which images are {part}\n"
            "  or take all images with --split all"
        )
    return np.flatnonzero(source.from_val if part == "val" else ~source.from_val)


def _levels(of_one: tuple[float, ...], device: torch.device) -> torch.Tensor:
    """Of pixels in [0, 1], one number for each channel -> of pixels in [0, 255], (1, C, 1, 1)."""
    return WHITE * torch.tensor(of_one, device=device).reshape(1, -1, 1, 1)
