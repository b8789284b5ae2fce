"""What frozen features are worth: a linear classifier on them, and the nearest images."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch
from numpy.typing import NDArray

from moat_lab.device import check_device
from moat_lab.errors import UserError
from moat_lab.grammar import Network, to_network
from moat_lab.models.model import Model
from moat_lab.models.weights import WEIGHTS, read_weights
from moat_lab.numerics import deterministic
from moat_lab.tasks import DEFAULT
from moat_lab.train.batches import Images, validation_batch
from moat_lab.train.folder import read_manifest
from moat_lab.train.images import load_images
from moat_lab.train.recipe import Recipe, load_recipe
from moat_lab.train.recipe_checks import resolved
from moat_lab.train.run import Run
from moat_lab.train.short_training import pretrain
from moat_lab.train.starting import inheritance_of, inheritance_sentence
from moat_lab.train.trainer import fresh_model

MOST_ITERATIONS = 2000
"""Of the linear classifier's solver."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """Shares of val that are right.

    Args:
        linear: by logistic regression on the features of train.
        nearest: by the nearest images of train.
        train, val: images.
        features: numbers for each image.
        started: what the network took over, in words.
    """

    linear: float
    nearest: float
    train: int
    val: int
    features: int
    started: str


def probe(
    network: Network | Path | str, recipe: Recipe, *, neighbours: int = 20, device: str = "cpu"
) -> Probe:
    """Judges the features before the classifier without training the network.

    Features are the mean over the last map and its norm, standardised for the linear classifier, which is
    scikit-learn's logistic regression with C = 1. Neighbours are weighted by their closeness in cosine.
    Source: Alain and Bengio 2016, linear probes; Wu et al. 2018, nearest neighbours.

    Args:
        network: a network or its text, with the weights that the recipe names, or fresh ones; or a file of
            weights, or a training's folder.
        recipe: for classification; its images without augmentation, its resolution, its weights.

    Raises:
        UserError: the weights or data are not there, or the recipe is for another task.
    """
    if recipe.task != DEFAULT:
        raise UserError(f"probe: a recipe for {DEFAULT} is needed; got one for {recipe.task}")
    check_device(device)
    network, recipe = _with_own_weights(network, recipe)
    recipe = resolved(recipe)
    pretrain(Run(network=network, recipe=recipe, seed=0), device)
    with deterministic(device):
        images = load_images(recipe, device)
        model = cast(Model, fresh_model(network, recipe, 0, device).eval())
        (train, classes), (val, truth) = (features(model, each, recipe) for each in images)
    linear, nearest = _fitted(train, classes, neighbours)
    started = "Fresh weights, of seed 0."
    if recipe.start:
        started = inheritance_sentence(inheritance_of(network, recipe), recipe)
    return Probe(
        linear=float(np.mean(linear.predict(val) == truth)),
        nearest=float(np.mean(nearest.predict(val) == truth)),
        train=len(train),
        val=len(val),
        features=train.shape[1],
        started=started,
    )


def recipe_to_probe(network: str, recipe: str) -> Recipe:
    """The recipe of this name or path; where there is none, that of the training in the folder `network`.

    Raises:
        UserError: there is no such recipe; or none is named, and `network` is no training's folder.
    """
    if recipe:
        return load_recipe(recipe)
    manifest = read_manifest(Path(network).expanduser())
    if manifest is None:
        raise UserError(f"--recipe: one is needed for {network}; only a training's folder has its own")
    return Recipe.model_validate(manifest.recipe)


@torch.no_grad()
def features(model: Model, images: Images, recipe: Recipe) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """(N, features) in front of the classifier, and the labels (N,)."""
    found, labels = [], []
    for x, y in images.in_order(batch=validation_batch(recipe)):
        found.append(model.forward_head(model.forward_features(x), pre_logits=True).cpu())
        labels.append(torch.as_tensor(y).cpu())
    return torch.cat(found).numpy(), torch.cat(labels).numpy()


def _with_own_weights(network: Network | Path | str, recipe: Recipe) -> tuple[Network, Recipe]:
    """The network of a file or folder, and the recipe that starts from it."""
    path = Path(str(network)).expanduser()
    if isinstance(network, Network) or not path.exists():
        return to_network(cast(str, network)), recipe
    weights = read_weights(path / WEIGHTS if path.is_dir() else path)
    return weights.network, recipe.model_copy(update={"weights": str(path), "pretrain": None})


def _fitted(train: NDArray[np.float32], classes: NDArray[np.int64], neighbours: int) -> tuple[Any, Any]:
    """The two classifiers of scikit-learn, which has no types."""
    from sklearn.linear_model import LogisticRegression  # slow to import
    from sklearn.neighbors import KNeighborsClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    linear = make_pipeline(StandardScaler(), LogisticRegression(max_iter=MOST_ITERATIONS))
    nearest = KNeighborsClassifier(
        n_neighbors=min(neighbours, len(train)), metric="cosine", weights="distance"
    )
    return linear.fit(train, classes), nearest.fit(train, classes)
