"""What a dataset is, and how its images are divided into train, val and test."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from moat_lab.data.objects import Objects
from moat_lab.errors import UserError

Images = NDArray[np.uint8]
Labels = NDArray[np.int64]
Targets = NDArray[np.int64] | NDArray[np.uint8] | Objects
"""What images are labelled with: classes (N,), maps of classes (N, H, W), or the things of each image."""
LabelKind = Literal["classes", "maps", "objects"]
Resize = Literal["short", "long"]
"""The side of an image that fills the square: the middle of the other is seen, or black lies beside it."""
IGNORED = 255
"""In a map of classes: a pixel of no known class, which neither trains nor counts."""
Indices = NDArray[np.int64]
Size = int | Literal["all"]
"""How many images; `all` is as many as the data have for that part."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Skipped:
    """An image that shows nothing: its position and name, why in a word or two, and what the decoder said."""

    position: int
    name: str
    reason: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class IgnoredFile:
    """A file or folder between the images that is not named as an image."""

    name: str
    reason: str


class Encoded(Protocol):
    """Images as they lie on a disk, to be decoded one by one, also in other processes (by pickle)."""

    @property
    def labels(self) -> Labels: ...

    @property
    def classes(self) -> tuple[str, ...]: ...

    def name(self, position: int) -> str:
        """What a person finds the image by."""

    def read(self, position: int) -> bytes:
        """The whole file. Raises OSError where it cannot be read."""

    def fingerprint(self) -> str:
        """Changes when an image is added, removed, renamed or written to."""

    def listing(self) -> str:
        """Changes when the split may: an image is added, removed or renamed, or has another label.

        Of the same files it is the same on every machine.
        """


class Drawn(Protocol):
    """Images that are drawn when asked for. Each depends on its position alone, and there is no last one."""

    @property
    def labels(self) -> Labels:
        """Of those that are the dataset's: positions from 0 to below its size."""

    def labels_of(self, positions: Indices) -> Labels:
        """Of images at any positions (N,): what a split keeps in proportion."""

    def images(self, positions: Indices, resolution: int) -> Images:
        """(N, C, resolution, resolution) at any positions; raises a UserError as `Dataset.images`."""

    def labelled(self, positions: Indices, resolution: int) -> tuple[Images, Targets]:
        """The same images, and what a network learns of them."""


def nothing_skipped(resolution: int) -> tuple[Skipped, ...]:
    """Of data without files."""
    return ()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Dataset:
    """Labelled images at any resolution.

    `images(resolution)` gives uint8 images (N, C, H, W) and int64 labels (N,) in [0, num_classes): the same
    bytes at every call, and at every resolution the same labels in the same order. Where `labels` says so,
    they are maps of classes or things instead. It raises a UserError
    where the resolution is too small to show what the label depends on. `source` says where they come from.
    Images that cannot be decoded are black; `skipped(resolution)` names them, and nothing is trained on them.

    Where the data come with a val part of their own, `from_val` (N,) says which images are in it. Where they
    come with a test part, `test` opens it; it is not among `images`. `encoded` are the files behind the
    images, for those that come as files; `ignored_files` are those between them that are not named as images.
    """

    in_chans: int
    num_classes: int
    size: int
    source: str
    images: Callable[[int], tuple[Images, Targets]]
    from_val: NDArray[np.bool_] | None = None
    test: "Callable[[], Dataset] | None" = None
    encoded: Encoded | None = None
    labels: LabelKind = "classes"
    """What the images are labelled with: a class each; a map of classes (255: none); or things."""
    drawn: Drawn | None = None
    """What draws the images, of data without files that have no end."""
    classes: tuple[str, ...] = ()
    """Their names, by number, where they have any."""
    resize: Resize = "short"
    resized_otherwise: "Callable[[], Dataset] | None" = None
    """The same images, with the other side filling the square; None of data that know one way alone."""
    skipped: Callable[[int], tuple[Skipped, ...]] = nothing_skipped
    ignored_files: tuple[IgnoredFile, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Split:
    """Disjoint, ascending positions of a dataset's images."""

    train: Indices
    val: Indices
    test: Indices


def split(labels: Labels, *, train: int, val: int, seed: int, train_seed: int | None = None) -> Split:
    """`train` and `val` images with every class in proportion; test is all the rest.

    Val is drawn first: with the same seed it stays the same however many images train, and which.

    Args:
        labels: (N,) class of every image.
        train_seed: draws train anew from what is not val; left out, `seed` does.

    Raises:
        UserError: a size is negative, or there are too few images.
    """
    _check_sizes(len(labels), train=train, val=val)
    rng = np.random.default_rng(seed)
    of_class = [rng.permutation(np.flatnonzero(labels == label)) for label in np.unique(labels)]
    val_part, rest = _taken(of_class, val)
    if train_seed is not None:
        anew = np.random.default_rng(train_seed)
        rest = [anew.permutation(of_one) for of_one in rest]
    train_part, test_part = _taken(rest, train)
    return Split(train=_joined(train_part), val=_joined(val_part), test=_joined(test_part))


def resized(source: Dataset, resize: Resize | None) -> Dataset:
    """The images with this side filling the square; None is the data's own way.

    Raises:
        UserError: the data know the other way alone.
    """
    if resize in (None, source.resize):
        return source
    if source.resized_otherwise is None:
        raise UserError(
            f"resize: data whose {resize} side can fill the resolution are needed; got {source.source}\n"
            f"  leave resize out; it is {source.resize} there. ade20k, voc and masks know both"
        )
    return source.resized_otherwise()


def sizes(source: Dataset, *, train: Size, val: Size) -> tuple[int, int]:
    """Images of train and of val, `all` made a number.

    Raises:
        UserError: val is `all`, and the data have no val part of their own; or nothing is left to train on.
    """
    given = None if source.from_val is None else int(source.from_val.sum())
    if val == "all":
        if given is None:
            raise UserError(
                f"val: a number of images is needed where the data have no val part of their own; got all\n"
                f"  there are {source.size} images in {source.source}"
            )
        val = given
    if train == "all":
        train = source.size - (val if given is None else given)
    if train < 1:
        raise UserError(f"train: at least one image is needed; {source.source} leaves {train}")
    return train, val


def division(
    source: Dataset, labels: Labels, *, train: int, val: int, seed: int, train_seed: int | None = None
) -> Split:
    """The images of train, val and test, every class in proportion.

    Where the data have a val part of their own, val is drawn from it and train from the rest; test is then
    not among these images, and is empty.

    Args:
        labels: (N,) class of every image, whether it can be decoded or not.
        train_seed: as in `split`.

    Raises:
        UserError: there are too few images.
    """
    if source.from_val is None:
        return split(labels, train=train, val=val, seed=seed, train_seed=train_seed)
    of_train, of_val = np.flatnonzero(~source.from_val), np.flatnonzero(source.from_val)
    return Split(
        train=of_train[split(labels[of_train], train=train, val=0, seed=seed, train_seed=train_seed).train],
        val=of_val[split(labels[of_val], train=0, val=val, seed=seed).val],
        test=np.empty(0, dtype=np.int64),
    )


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
