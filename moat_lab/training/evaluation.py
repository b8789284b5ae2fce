"""What trained weights reach on images, and on which."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from moat_lab.data import Dataset, dataset, split
from moat_lab.errors import UserError
from moat_lab.models.weights import About, Weights, read_weights
from moat_lab.proxy.allocator import keep_freed_memory
from moat_lab.proxy.images import Images
from moat_lab.proxy.look import Seen, look
from moat_lab.proxy.recipe import Recipe
from moat_lab.proxy.train import check_device
from moat_lab.training.asked import read_asked
from moat_lab.training.weights import WEIGHTS, WHITE


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Which weights are to be judged, on what.

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
class Judged:
    """What weights made of the images."""

    seen: Seen
    resolution: int
    seconds: float


def answer(question: Question) -> str:
    """What to print."""
    judged = judge(question)
    seen = judged.seen
    return "\n".join(
        [
            f"top-1     {100 * seen.top1:.2f} %",
            f"top-5     {100 * seen.top5:.2f} %",
            f"loss      {seen.loss:.4f}",
            f"images    {seen.images}, at {judged.resolution} px",
            f"images/s  {seen.images / judged.seconds:.0f}",
        ]
    )


def judge(question: Question) -> Judged:
    """Runs the weights over the images.

    Raises:
        UserError: no such weights, data or device; or the data have other classes or channels.
    """
    check_device(question.device)
    keep_freed_memory()
    weights, recipe = read_weights(question.file), recipe_beside(question.file)
    name = question.data or (recipe.data if recipe else "")
    if not name:
        raise UserError(
            "evaluate: data are needed for weights without a training's folder\n  add --data NAME"
        )
    source = dataset(name)
    check_fits(weights, source, name)
    about = weights.about or official(weights)
    resolution = question.resolution or about.resolution
    images = images_of(question, source, recipe, about, resolution)
    model = weights.model().to(question.device).to(memory_format=torch.channels_last)
    exact = torch.autocast(torch.device(question.device).type, enabled=False)
    start = time.perf_counter()
    seen = look(model, images.in_order(question.batch), exact)
    return Judged(seen=seen, resolution=resolution, seconds=time.perf_counter() - start)


def recipe_beside(file: Path) -> Recipe | None:
    """That of the training in whose folder the weights lie."""
    asked = read_asked(file.parent)
    return Recipe.model_validate(asked.recipe) if asked else None


def official(weights: Weights) -> About:
    """What the official networks see: pixels in [-1, 1]."""
    half = (0.5,) * weights.in_chans
    return About(resolution=weights.network.resolution, mean=half, deviation=half)


def check_fits(weights: Weights, source: Dataset, data: str) -> None:
    """Raises UserError unless the network's classes and channels are those of the data."""
    for what, needed, there in (
        ("classes", source.num_classes, weights.num_classes),
        ("channels", source.in_chans, weights.in_chans),
    ):
        if needed != there:
            raise UserError(
                f"evaluate: weights of as many {what} as {data} has are needed; "
                f"{data} has {needed}, the weights have {there}\n"
                "  take the data that they were trained on, with the same folders"
            )


def images_of(
    question: Question, source: Dataset, recipe: Recipe | None, about: About, resolution: int
) -> Images:
    """The images of the question's part, normalised as the weights need it."""
    images, labels = source.images(resolution)
    chosen = positions(question.part, labels, recipe)
    shape = (1, -1, 1, 1)
    return Images(
        images=torch.from_numpy(images[chosen]).to(question.device),
        labels=torch.from_numpy(labels[chosen]).to(question.device),
        mean=WHITE * torch.tensor(about.mean, device=question.device).reshape(shape),
        deviation=WHITE * torch.tensor(about.deviation, device=question.device).reshape(shape),
        memory_format=torch.channels_last,
    )


def positions(part: str, labels: NDArray[np.int64], recipe: Recipe | None) -> NDArray[np.int64]:
    """Of the images in the part; train, val and test are those of the training's recipe.

    Raises:
        UserError: without a recipe nobody knows which images those are.
    """
    if part == "all":
        return np.arange(len(labels))
    if recipe is None:
        raise UserError(
            f"evaluate: the training's folder is needed, whose recipe says which images are {part}\n"
            "  or take all images with --split all"
        )
    parts = split(labels, train=recipe.train, val=recipe.val, seed=recipe.split_seed)
    chosen: NDArray[np.int64] = getattr(parts, part)
    return chosen
