"""Pictograms of 18 kinds in three styles: which kind is it? `things`, or `things:style`.

- `things`, the same as `things:concepts`: val and test are concepts that training never sees in any style.
- `things:style`: training sees the styles google and twitter of every concept; val and test are the third.

Val by ridge regression (scikit-learn, penalty by cross-validation): most frequent kind 12 %, histogram of 64
colours 46 %, 8x8 colours 41 %; with `things:style` 14, 27 and 46 %.

Sources: Fluent Emoji (MIT), Noto Emoji (Apache-2.0), Twemoji (CC BY 4.0); see `pictograms/README.md`.
"""

from __future__ import annotations

from functools import lru_cache
from hashlib import sha256

import numpy as np

from moat_lab.data.labelled_images import Dataset, Images, Indices, require_resolution
from moat_lab.data.pictograms import SIDE, STYLES, concepts, kinds, sheet
from moat_lab.errors import UserError, did_you_mean

TRAIN, VAL, TEST = range(3)
LEAST = 8
"""Pixels on a side, below which a pictogram is a few dots."""


def by_concept() -> Indices:
    """(concepts, styles) the part of each pictogram: of five concepts one is val's and one test's."""
    parts = np.array([TRAIN, TRAIN, TRAIN, VAL, TEST])[code_hashes() % 5]
    return np.repeat(parts[:, None], len(STYLES), axis=1)


def by_style() -> Indices:
    """(concepts, styles) the part of each pictogram: of one style half is val's and half test's."""
    parts = np.full((len(concepts()), len(STYLES)), TRAIN)
    parts[:, STYLES.index("fluent")] = np.array([VAL, TEST])[code_hashes() % 2]
    return parts


SPLITS = {"concepts": by_concept, "style": by_style}


def code_hashes() -> Indices:
    """(concepts,) a number for each, which hangs on its code points alone."""
    digests = (sha256(concept.code.encode()).digest() for concept in concepts())
    return np.array([int.from_bytes(digest[:4], "big") for digest in digests])


@lru_cache(maxsize=1)  # a study asks for the same at each of its trainings
def pictures(resolution: int) -> Images:
    """(concepts, styles, 3, resolution, resolution) uint8: every pictogram on white, kind by kind.

    Raises:
        UserError: the resolution is below 8 pixels.
    """
    from PIL import Image

    require_resolution("things", resolution, least=LEAST)
    pixels = np.concatenate([sheet(kind) for kind in kinds()]).astype(np.uint16)
    alpha = pixels[..., 3:]
    on_white = ((pixels[..., :3] * alpha + 255 * (255 - alpha) + 127) // 255).astype(np.uint8)
    size, flat = (resolution, resolution), on_white.reshape(-1, SIDE, SIDE, 3)
    # Pillow resizes 8-bit images in fixed point: the same bytes on every machine.
    sized = [np.asarray(Image.fromarray(image).resize(size, Image.Resampling.BILINEAR)) for image in flat]
    return np.stack(sized).transpose(0, 3, 1, 2).reshape(*pixels.shape[:2], 3, *size)


def dataset_of(split: str) -> Dataset:
    """The pictograms with val and test as the split says; "" is `concepts`.

    Raises:
        UserError: there is no such split.
    """
    if split and split not in SPLITS:
        raise UserError(
            f"data: a split of things is needed; got '{split}'\n  {did_you_mean(split, SPLITS)}"
            f"splits: {', '.join(f'things:{name}' for name in SPLITS)}"
        )
    parts = SPLITS[split or "concepts"]()
    numbers = np.array([kinds().index(concept.kind) for concept in concepts()])
    labels = np.broadcast_to(numbers[:, None], parts.shape)

    def of(chosen: np.ndarray, *, test: bool) -> Dataset:
        return Dataset(
            in_chans=3,
            num_classes=len(kinds()),
            classes=kinds(),
            size=int(chosen.sum()),
            source="Fluent Emoji, Noto Emoji and Twemoji, by subgroups of Unicode",
            images=lambda resolution: (pictures(resolution)[chosen], labels[chosen]),
            from_val=None if test else parts[chosen] == VAL,
            test=None if test else lambda: of(parts == TEST, test=True),
        )

    return of(parts != TEST, test=False)


DATASET_OF = dataset_of
