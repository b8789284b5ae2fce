"""What a dataset is, and how its images are divided into train, val and test."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from moat_lab.errors import UserError

Images = NDArray[np.uint8]
Labels = NDArray[np.int64]
Indices = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Dataset:
    """Labelled images at any resolution.

    `images(resolution)` gives uint8 images (N, C, H, W) and int64 labels (N,) in [0, num_classes): the same
    bytes at every call, and at every resolution the same labels in the same order. It raises a UserError
    where the resolution is too small to show what the label depends on. `source` says where they come from.
    """

    in_chans: int
    num_classes: int
    size: int
    source: str
    images: Callable[[int], tuple[Images, Labels]]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Split:
    """Disjoint, ascending positions of a dataset's images."""

    train: Indices
    val: Indices
    test: Indices


def split(labels: Labels, *, train: int, val: int, seed: int) -> Split:
    """`train` and `val` images with every class in proportion; test is all the rest.

    Val is drawn first: with the same seed it stays the same however many images train.

    Args:
        labels: (N,) class of every image.

    Raises:
        UserError: a size is negative, or more images are asked for than there are.
    """
    _check_sizes(len(labels), train=train, val=val)
    rng = np.random.default_rng(seed)
    of_class = [rng.permutation(np.flatnonzero(labels == label)) for label in np.unique(labels)]
    val_part, rest = _taken(of_class, val)
    train_part, test_part = _taken(rest, train)
    return Split(train=_joined(train_part), val=_joined(val_part), test=_joined(test_part))


def shares(counts: NDArray[np.int64], size: int) -> NDArray[np.int64]:
    """How many of each class make up `size`, in proportion to `counts`: the largest-remainder method.

    Equal remainders go to the lower class first. No share is larger than its count.
    """
    total = max(1, int(counts.sum()))
    share, remainder = np.divmod(counts * size, total)
    share[np.argsort(-remainder, kind="stable")[: size - int(share.sum())]] += 1
    return share


def require_resolution(name: str, resolution: int, *, least: int) -> None:
    """Raises a UserError if dataset `name` cannot be shown at `resolution` pixels."""
    if resolution < least:
        raise UserError(
            f"data {name}: a resolution of at least {least} px is needed; got {resolution}\n"
            f"  choose the resolution at the end of the network's text: ... for {max(32, least)}px"
        )


def _check_sizes(available: int, *, train: int, val: int) -> None:
    if train < 0 or val < 0 or train + val > available:
        raise UserError(
            f"split: train and val need to be 0 or more and together at most {available} images; "
            f"got train {train}, val {val}, together {train + val}\n"
            "  ask for fewer images, or take a larger dataset"
        )


def _taken(of_class: list[Indices], size: int) -> tuple[list[Indices], list[Indices]]:
    share = shares(np.array([len(indices) for indices in of_class], dtype=np.int64), size)
    pairs = list(zip(of_class, share, strict=True))
    return [indices[:count] for indices, count in pairs], [indices[count:] for indices, count in pairs]


def _joined(parts: list[Indices]) -> Indices:
    return np.sort(np.concatenate([np.empty(0, dtype=np.int64), *parts]))
