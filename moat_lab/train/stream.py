"""Images that do not fit on the device: decoded by other processes while the device computes.

A stream gives what `Resident` gives for the same files and generator, to the last bit, with two exceptions:
where the recipe asks for a random crop, it is taken from the whole image instead of the square of the
recipe's resolution, but for images whose longer side fills that; and the mean and deviation of images with
things are of a sample. Broken images are found on the way; in train the next whole one stands in, as there.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from multiprocessing import current_process, get_all_start_methods
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch.utils.data import DataLoader

from moat_lab.data import Dataset, Skipped
from moat_lab.data.annotated_files import AnnotatedFiles, DecodedThings
from moat_lab.data.block_decoder import decode_or_skip
from moat_lab.data.image_decoder import Box, DecodedImage, middle
from moat_lab.data.labelled_images import Encoded, IgnoredFile, Indices
from moat_lab.data.labelled_images import Images as Pixels
from moat_lab.data.masked_files import MaskedFiles
from moat_lab.data.objects import Objects
from moat_lab.data.skip_report import twelve_bit
from moat_lab.device import decoders_beside_others
from moat_lab.errors import UserError
from moat_lab.train.augmentation import changed, mixed
from moat_lab.train.augmentation_draws import drawn, mix_seed, random_box
from moat_lab.train.batches import (
    NOTHING_TO_TRAIN_ON,
    VALIDATION_BATCH,
    WHOLE_BATCH,
    Batch,
    BatchLabels,
    BatchShare,
    layout,
    normalised,
    validation_batch,
)
from moat_lab.train.moved_labels import moved
from moat_lab.train.recipe import Augmentation, Recipe
from moat_lab.train.recipe_checks import parts_of
from moat_lab.train.run import derived
from moat_lab.train.statistics import Moments, Statistics, moments, of_moments, sample

Request = tuple[int, float, int]
"""Which image of the part; the least share of its area to crop; the seed of the crop."""
Label = int | NDArray[np.uint8] | Objects
Odd = Skipped | IgnoredFile
"""A broken image, or a thing in one that cannot be used."""
_CHUNK = 32
"""Images that a process decodes at a time."""
_AHEAD = 2
"""Times that each process is ahead: what it decoded waits in shared memory, which may be small."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Items:
    """Images of a part, decoded one by one in any process."""

    encoded: Encoded
    part: Indices
    resolution: int
    replace: bool
    """Whether the next whole image stands in for a broken one."""

    @property
    def whole(self) -> bool:
        """Whether all of each image is decoded, and crops are cut from that."""
        resize = self.encoded.resize if isinstance(self.encoded, MaskedFiles) else "short"
        return resize == "long" or isinstance(self.encoded, AnnotatedFiles)

    def __len__(self) -> int:
        return len(self.part)

    def __getitem__(self, request: Request) -> tuple[Pixels | None, Label, list[Odd]]:
        """The image, its class, map of classes or things, and what was broken on the way to it."""
        at, least, seed = request
        odd: list[Odd] = []
        box = partial(random_box, least, seed)
        for step in range(len(self.part) if self.replace else 1):
            position = int(self.part[(at + step) % len(self.part)])
            decoded = self.decoded(position, box)
            if isinstance(decoded, DecodedThings):
                return decoded.pixels, decoded.objects, [*odd, *decoded.left_out]
            if isinstance(decoded, DecodedImage):
                if isinstance(self.encoded, MaskedFiles):
                    return decoded.pixels[:3], decoded.pixels[3], odd
                return decoded.pixels, int(self.encoded.labels[position]), odd
            odd.append(decoded)
        return None, 0, odd

    def decoded(
        self, position: int, box: Callable[[int, int], Box] = middle
    ) -> DecodedImage | DecodedThings | Skipped:
        """One of all images; those with things are whole, whatever the box."""
        if isinstance(self.encoded, AnnotatedFiles):
            return self.encoded.decode_or_skip(position, self.resolution)
        return decode_or_skip(self.encoded, position, self.resolution, box)


@dataclass(slots=True, eq=False)
class Requests:
    """What the next pass over the images asks for, in batches; processes that wait are asked again."""

    batches: Sequence[list[Request]] = ()

    def __iter__(self) -> Iterator[list[Request]]:
        return iter(self.batches)

    def __len__(self) -> int:
        return len(self.batches)


@dataclass(slots=True, kw_only=True, eq=False)
class Streamed:
    """Images of a part in batches on a device, decoded on the way."""

    items: Items
    statistics: Statistics
    device: torch.device
    memory_format: torch.memory_format
    validation_batch: int = VALIDATION_BATCH
    classes: int = 0
    """How many there are, where images may be mixed."""
    skipped: dict[int, Skipped] = field(default_factory=dict)
    """Those met so far, by position."""
    left_out: set[str] = field(default_factory=set)
    """Names of things that were met so far and cannot be used."""
    _requests: Requests = field(default_factory=Requests)
    _loader: DataLoader[Any] | None = None

    @property
    def mean(self) -> torch.Tensor:
        return self.statistics.mean

    @property
    def deviation(self) -> torch.Tensor:
        return self.statistics.deviation

    @property
    def labels(self) -> torch.Tensor:
        """Without those of images that were found broken, where nothing stands in for them.

        Of images with masks they are the zeros by which a split goes: maps are decoded with their images.
        """
        part = self.items.part
        if not self.items.replace:
            part = part[~np.isin(part, list(self.skipped))]
        return torch.from_numpy(self.items.encoded.labels[part]).to(self.device)

    def batches(
        self,
        batch: int,
        augmentation: Augmentation,
        generator: torch.Generator,
        share: BatchShare = WHOLE_BATCH,
    ) -> Iterator[Batch]:
        """One epoch of full batches in random order. A process decodes its own share alone.

        Its augmentation is drawn for the share, and so is not what one process would draw; the crops are.
        """
        order = torch.randperm(len(self.items), generator=generator)
        least = 1.0 if self.items.whole else augmentation.crop
        seeds = torch.zeros(len(order), dtype=torch.int64)
        if least < 1:
            seeds = torch.randint(2**62, (len(order),), generator=generator)
            augmentation = augmentation.model_copy(update={"crop": 1.0})
        full = len(order) // batch * batch
        chosen = [
            [(int(at), least, int(seed)) for at, seed in zip(o[share.images], s[share.images], strict=True)]
            for o, s in zip(order[:full].split(batch), seeds[:full].split(batch), strict=True)
        ]
        for images, labels in self._decoded(chosen):
            own = generator if share.of == 1 else _own(generator, share)
            draws = drawn(augmentation, len(images), (images.shape[-2], images.shape[-1]), own)
            draws = draws.to(self.device)
            x, y = self._normalised(changed(images, augmentation, draws)), moved(labels, draws)
            yield mixed(x, y, augmentation, self.classes, mix_seed(augmentation, generator))

    def in_order(self, share: BatchShare = WHOLE_BATCH, batch: int | None = None) -> Iterator[Batch]:
        """Every image once, as it is; those that are broken are left out."""
        wanted: list[Request] = [(at, 1.0, 0) for at in range(share.rank, len(self.items), share.of)]
        size = batch or self.validation_batch
        groups = [wanted[at : at + size] for at in range(0, len(wanted), size)]
        for images, labels in self._decoded(groups):
            if len(labels):
                yield self._normalised(images), labels

    def _normalised(self, images: torch.Tensor) -> torch.Tensor:
        return normalised(images, self.mean, self.deviation, self.memory_format)

    def _decoded(self, requests: Sequence[list[Request]]) -> Iterator[Batch]:
        """uint8 images and labels, on the device, in the order asked for.

        Processes decode a few images at a time, so that large batches are neither waited for nor kept twice.
        """
        self._requests.batches = [r[at : at + _CHUNK] for r in requests for at in range(0, len(r), _CHUNK)]
        if self._loader is None:
            self._loader = _loader(self.items, self._requests, self.device)
        with _children_allowed():
            chunks = map(self._placed, self._loader)  # here the processes are started
        for wanted in requests:
            some = list(islice(chunks, -(-len(wanted) // _CHUNK)))
            whole = [chunk for chunk in some if len(chunk[0])] or some[:1]
            yield torch.cat([x for x, _ in whole]), _joined([y for _, y in whole], torch.cat)

    def _placed(self, chunk: tuple[torch.Tensor, BatchLabels, list[Odd]]) -> Batch:
        images, labels, odd = chunk
        self._note(odd)
        return images.to(self.device, non_blocking=True), labels.to(self.device, non_blocking=True)

    def _note(self, odd: list[Odd]) -> None:
        for one in odd:
            if isinstance(one, IgnoredFile):
                if one.name not in self.left_out:
                    print(f"left out: {one.name}: {one.reason}", file=sys.stderr)
                    self.left_out.add(one.name)
            elif one.position not in self.skipped:
                print(f"skipped: {one.name}: {one.reason} ({one.detail})", file=sys.stderr)
                self.skipped[one.position] = one


def streamed_splits(recipe: Recipe, source: Dataset, device: str, seed: int = 0) -> tuple[Streamed, Streamed]:
    """Both splits of a dataset of files."""
    encoded = source.encoded
    assert encoded is not None
    parts = parts_of(recipe, source, encoded.labels, seed)
    found = _statistics(Items(encoded=encoded, part=parts.train, resolution=recipe.resolution, replace=False))
    on_device = Statistics(mean=found.mean.to(device), deviation=found.deviation.to(device))

    def stream(part: Indices, *, replace: bool) -> Streamed:
        items = Items(encoded=encoded, part=part, resolution=recipe.resolution, replace=replace)
        return Streamed(
            items=items,
            statistics=on_device,
            device=torch.device(device),
            memory_format=layout(recipe),
            validation_batch=validation_batch(recipe),
            classes=source.num_classes,
        )

    return stream(parts.train, replace=True), stream(parts.val, replace=False)


def _statistics(train: Items) -> Statistics:
    def moments_of(position: int) -> tuple[Moments, bool] | None:
        decoded = train.decoded(position)
        return None if isinstance(decoded, Skipped) else (moments(decoded.pixels[:3]), decoded.twelve_bit)

    with ThreadPoolExecutor(decoders_beside_others()) as pool:
        sampled = [moments for moments in pool.map(moments_of, map(int, sample(train.part))) if moments]
    if odd := sum(twelve for _, twelve in sampled):
        print(twelve_bit(f"{odd:,} of {len(sampled):,} sampled"), file=sys.stderr)
    if not sampled:
        raise UserError(NOTHING_TO_TRAIN_ON)
    return of_moments(each for each, _ in sampled)


def _loader(items: Items, requests: Requests, device: torch.device) -> DataLoader[Any]:
    """Processes for train wait for the next epoch; those for val end with a validation, to free cores."""
    return DataLoader(
        items,  # type: ignore[arg-type]  # it has what a map-style dataset has
        batch_sampler=requests,
        num_workers=decoders_beside_others(),
        # A spawned process, such as a study's worker, would spawn, and each of these load torch again.
        multiprocessing_context="fork" if "fork" in get_all_start_methods() else None,
        collate_fn=_collated,
        pin_memory=device.type == "cuda",
        persistent_workers=items.replace,
        prefetch_factor=_AHEAD,
        worker_init_fn=_begin,
        generator=torch.Generator(),  # of its own: torch's is part of the training, and stays as it is
    )


def _begin(_: int) -> None:
    warnings.simplefilter("ignore")  # decoders warn of what is odd in a file; what is broken is told of


def _collated(
    found: Sequence[tuple[Pixels | None, Label, list[Odd]]],
) -> tuple[torch.Tensor, BatchLabels, list[Odd]]:
    decoded = [image for image, _, _ in found if image is not None]
    labels = [label for image, label, _ in found if image is not None]
    return (
        torch.from_numpy(np.stack(decoded)) if decoded else torch.empty(0, dtype=torch.uint8),
        _joined(labels, _stacked) if labels else torch.empty(0, dtype=torch.int64),
        [one for _, _, odd in found for one in odd],
    )


def _joined(labels: Sequence[Any], join: Callable[[Any], torch.Tensor]) -> BatchLabels:
    """Labels of one kind in one; of things each array."""
    if isinstance(labels[0], Objects):
        return Objects.joined(labels, join)
    return join(labels)


def _stacked(labels: Sequence[Any]) -> torch.Tensor:
    return torch.from_numpy(np.stack(labels))


def _own(generator: torch.Generator, share: BatchShare) -> torch.Generator:
    """A generator for this share of a batch; all shares draw once from theirs, which stay equal."""
    seed = int(torch.randint(2**62, (), generator=generator))
    return torch.Generator().manual_seed(derived(seed, f"part/{share.rank}"))


@contextmanager
def _children_allowed() -> Iterator[None]:
    """Multiprocessing forbids children to a daemon, such as a study's worker, for it cannot end them.

    These end by themselves: torch has them look every few seconds whether their parent is alive.
    """
    config = current_process()._config  # type: ignore[attr-defined]
    before = config.get("daemon")
    config["daemon"] = False
    try:
        yield
    finally:
        config["daemon"] = before
