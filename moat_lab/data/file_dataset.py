"""A dataset of files that are decoded when they are needed."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from moat_lab.data.cache import Cache, cached
from moat_lab.data.duplicates import SplitFiles
from moat_lab.data.labelled_images import (
    Dataset,
    Encoded,
    IgnoredFile,
    Images,
    LabelKind,
    Resize,
    Skipped,
    Targets,
)
from moat_lab.errors import UserError, readable


def dataset_of_files(
    encoded: Encoded,
    *,
    source: str,
    from_val: NDArray[np.bool_] | None,
    test: Encoded | None,
    ignored_files: tuple[IgnoredFile, ...] = (),
    labels: LabelKind = "classes",
    resize: Resize = "short",
    resized_otherwise: Callable[[], Dataset] | None = None,
) -> Dataset:
    """The images of these files, RGB; `test` is a dataset of its own.

    With `labels` of maps each decoded image has one as its fourth channel.
    """
    parts = _parts(encoded, from_val, test)

    def cache(resolution: int) -> Cache:
        _check_resolution(resolution)
        return cached(encoded, resolution, source=source, ignored_files=ignored_files, parts=parts)

    def images(resolution: int) -> tuple[Images, Targets]:
        pixels = cache(resolution).pixels
        return (pixels[:, :3], pixels[:, 3]) if labels == "maps" else (pixels, encoded.labels)

    def skipped(resolution: int) -> tuple[Skipped, ...]:
        return cache(resolution).skipped

    def of_test(files: Encoded) -> Dataset:
        of = f"{source}, test part"
        return dataset_of_files(files, source=of, from_val=None, test=None, labels=labels, resize=resize)

    return Dataset(
        in_chans=3,
        num_classes=len(encoded.classes),
        size=len(encoded.labels),
        source=source,
        images=images,
        labels=labels,
        resize=resize,
        resized_otherwise=resized_otherwise,
        from_val=from_val,
        test=None if test is None else lambda: of_test(test),
        encoded=encoded,
        classes=tuple(map(readable, encoded.classes)),
        skipped=skipped,
        ignored_files=ignored_files,
    )


def _parts(encoded: Encoded, from_val: NDArray[np.bool_] | None, test: Encoded | None) -> list[SplitFiles]:
    """Those that the data come with."""
    every = np.arange(len(encoded.labels))
    parts = [
        SplitFiles(name="train", encoded=encoded, positions=every if from_val is None else every[~from_val])
    ]
    if from_val is not None:
        parts.append(SplitFiles(name="val", encoded=encoded, positions=every[from_val]))
    if test is not None:
        parts.append(SplitFiles(name="test", encoded=test, positions=np.arange(len(test.labels))))
    return parts


def _check_resolution(resolution: int) -> None:
    if resolution < 2:
        raise UserError(f"data: a resolution of at least 2 px is needed; got {resolution}\n  for 32px, say")
