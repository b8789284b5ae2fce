"""What trained weights reach on images, and on which."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch

from moat_lab.data import Dataset
from moat_lab.data.labelled_images import Indices, Labels
from moat_lab.device import check_device, out_of_memory
from moat_lab.errors import UserError
from moat_lab.models.weights import WEIGHTS, About, Weights, official_preprocessing, read_weights
from moat_lab.numerics import exact_float32
from moat_lab.report.units import score_title
from moat_lab.tasks import TASKS, task_name
from moat_lab.train.batches import Images
from moat_lab.train.folder import WHITE, Manifest, files_changed, read_manifest
from moat_lab.train.images import unchanged
from moat_lab.train.memory import keep_freed_memory
from moat_lab.train.recipe import Recipe, labelled_for
from moat_lab.train.recipe_checks import labels_of, parts_of
from moat_lab.train.statistics import Statistics
from moat_lab.train.validation import ValidationResult, validate


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluationRequest:
    """Which weights are to be evaluated, on what.

    Args:
        checkpoint: a file of weights, or a training's folder.
        data: empty is the training's own.
        part: train, val, test or all.
        resolution: pixels; None is that of the weights.
    """

    checkpoint: Path
    data: str = ""
    part: str = "val"
    batch: int = 500
    resolution: int | None = None
    device: str = "cpu"

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
    """

    result: ValidationResult
    part: str
    resolution: int
    seconds: float
    note: str = ""
    classes: tuple[str, ...] = ()


def evaluation_text(request: EvaluationRequest) -> str:
    """What to print."""
    done = _within_memory(request)
    result = done.result
    return "\n".join(
        [
            *(f"{score_title(name):<9} {100 * score:.2f} %" for name, score in result.scores.items()),
            f"loss      {result.loss:.4f}",
            f"images    {result.images} ({done.part}), at {done.resolution} px",
            f"images/s  {result.images / done.seconds:.0f}",
            *_by_class(result, done.classes),
            *([done.note] if done.note else []),
        ]
    )


def _by_class(result: ValidationResult, classes: Sequence[str]) -> Iterator[str]:
    """The main score of each class, for tasks that have one; of those that do not occur, that they do not."""
    if result.task.class_scores is None:
        return
    scores = result.task.class_scores(result.totals)
    names = classes or [f"class {number}" for number in range(len(scores))]
    for name, score in zip(names, scores, strict=True):
        yield f"  {name:<16} " + ("does not occur" if score is None else f"{100 * score:.2f} %")


def _within_memory(request: EvaluationRequest) -> WeightsResult:
    try:
        return evaluate_weights(request)
    except (MemoryError, RuntimeError) as failure:
        if not out_of_memory(failure):
            raise
    smaller = f"--batch {request.batch // 2}" if request.batch > 1 else "a lower --resolution"
    raise UserError(
        f"evaluate: memory for batch {request.batch} is needed; {request.device} has less\n  try {smaller}"
    )


@exact_float32()
def evaluate_weights(request: EvaluationRequest) -> WeightsResult:
    """Runs the weights over the images.

    Raises:
        UserError: no such weights, data or device; or the data have other classes or channels.
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
    source = labelled_for(task, name)
    check_fits(weights, source, name, outputs=TASKS[task].outputs(source))
    recipe, part, note = intended_part(request.part, name, source, manifest)
    seed = manifest.seed if manifest else 0
    request = replace(request, part=part)
    about = weights.about or official_preprocessing(weights.network, weights.in_chans)
    resolution = request.resolution or about.resolution
    images = images_of(request, source, recipe, about, resolution, seed)
    model = weights.model().to(request.device).to(memory_format=torch.channels_last)
    exact = torch.autocast(torch.device(request.device).type, enabled=False)
    start = time.perf_counter()
    result = validate(TASKS[task], model, images.in_order(batch=request.batch), exact)
    seconds = time.perf_counter() - start
    return WeightsResult(
        result=result,
        part=part,
        resolution=resolution,
        seconds=seconds,
        note=note,
        classes=source.classes,
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
