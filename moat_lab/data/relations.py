"""Images whose label needs a local cue and a global one: which texture, and do two distant glyphs match?

label = 2 * texture + match, four classes of equal size.

- **texture** is the direction of short streaks in noise: 0 along the rows, 1 along the columns. One process
  draws both, the second transposed: mean, histogram and every single-pixel statistic are the same, only
  products of pixels a few apart differ. That is what a small convolution followed by a nonlinearity sees.
- **match** says whether two glyphs, at least `DISTANCE` of the side apart, are the same. Every glyph is
  equally often first and second with and without a match, and places do not depend on it: no weighted sum
  of glyph counts tells the two apart. It takes a product of two places, which is what attention computes.

Convolution alone falls short: until its receptive field spans the image no unit sees both glyphs, and
averaging its features adds them up (a nonlinearity after the average, as in squeeze-excite, can help it).
Attention alone falls short: it compares what its tokens hold, and a linear patch holds a piece of a glyph at
an unknown offset. It has to learn what a convolution is given before there is anything to compare; a streak's
direction, in every patch, it does learn, though later.

Flipping an image keeps its label; transposing it does not.
All arithmetic is on integers, so a resolution has the same bytes on every machine.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from moat_lab.data.labelled_images import Dataset, Images, Labels, require_resolution

Grey = NDArray[np.int16]
Integers = NDArray[np.int64]

SEED = 20221004
# Difficulty. Contrasts are grey levels of 255; what is seen is their ratio to NOISE.
NOISE = 24  # uniform in +-NOISE: more makes both cues harder
TEXTURE_CONTRAST = 2  # per grain; a pixel sums WAVELENGTH * STREAK of them: 8 rms, in noise of 14 rms
WAVELENGTH = 4  # pixels, even, at any resolution: the cue stays local, and a stride of 2 keeps it
STREAK = 4  # pixels along a streak: longer is easier, 1 is no direction at all
GLYPH_CONTRAST = 80  # +- in place of the texture: glyphs are found at once, which one takes several cells
GLYPH_SHARE = 5 / 16  # of the side: one pixel a cell at 16 px, two at 32
ALPHABET = 4  # glyphs: the strongest knob; one small hybrid, 3,000 images, 900 steps: 4 learned, 6 hardly
DISTANCE = 0.6  # of the side, between the glyphs' centres: further than a few 3x3 convolutions reach
# Balance. Every ordered pair of glyphs occurs equally often: a multiple of 4 * ALPHABET * (ALPHABET - 1).
SIZE = 6000

CELLS = 5  # cells on a side of a glyph
LIT = 12  # of 25 cells, in every glyph: brightness says nothing about which
SMALLEST = 16  # pixels: below it a cell is less than a pixel
CHUNK = 500  # images drawn at a time, to bound memory at high resolution; part of what fixes the bytes


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Scenes:
    """What each image shows: texture and match (N,), glyphs (N, 2), all in the order of the images."""

    texture: Integers
    match: Integers
    glyphs: Integers


@lru_cache(maxsize=1)  # a study asks for the same at each of its trainings
def drawn_images(resolution: int) -> tuple[Images, Labels]:
    """Every image, drawn at the resolution asked for.

    Returns:
        (6000, 1, resolution, resolution) uint8; (6000,) int64, 2 * texture + match.

    Raises:
        UserError: the resolution is below 16 pixels.
    """
    require_resolution("relations", resolution, least=SMALLEST)
    rng = np.random.default_rng(SEED)
    shown = combinations(rng)
    where = corners(rng, resolution)
    stamps = GLYPH_CONTRAST * enlarged(alphabet(), glyph_side(resolution))
    drawn = np.empty((SIZE, 1, resolution, resolution), dtype=np.uint8)
    for start in range(0, SIZE, CHUNK):
        some = slice(start, start + CHUNK)
        grey = TEXTURE_CONTRAST * textures(rng, shown.texture[some], resolution)
        stamp(grey, stamps[shown.glyphs[some]], where[some])
        grey += rng.integers(-NOISE, NOISE, size=grey.shape, dtype=np.int16, endpoint=True)
        drawn[some, 0] = (128 + grey).clip(0, 255)
    return drawn, 2 * shown.texture + shown.match


def combinations(rng: np.random.Generator) -> Scenes:
    """Every combination of texture, match and ordered glyph pair, equally often, in random order."""
    number = rng.permutation(SIZE)
    texture, match, nth = number % 2, number // 2 % 2, number // 4
    first = nth % ALPHABET
    step = np.where(match == 1, 0, 1 + nth // ALPHABET % (ALPHABET - 1))
    return Scenes(texture=texture, match=match, glyphs=np.stack([first, (first + step) % ALPHABET], axis=1))


def alphabet() -> NDArray[np.bool_]:
    """(ALPHABET, CELLS, CELLS) lit cells: of many random glyphs, each the furthest from those before it."""
    one = np.arange(CELLS * CELLS) < LIT
    candidates = np.random.default_rng(SEED).permuted(np.tile(one, (2000, 1)), axis=1)
    chosen = candidates[:1]
    for _ in range(ALPHABET - 1):
        distance = (candidates[:, None] != chosen).sum(axis=2).min(axis=1)
        chosen = np.concatenate([chosen, candidates[[distance.argmax()]]])
    return chosen.reshape(ALPHABET, CELLS, CELLS)


def glyph_side(resolution: int) -> int:
    """Pixels on a side of a glyph."""
    return int(GLYPH_SHARE * resolution)


def enlarged(cells: NDArray[np.bool_], side: int) -> Grey:
    """Glyphs (K, side, side) of +1 where lit and -1 elsewhere."""
    nearest = np.arange(side) * CELLS // side
    return np.where(cells[:, nearest[:, None], nearest], 1, -1).astype(np.int16)


def corners(rng: np.random.Generator, resolution: int) -> Integers:
    """Top left (row, column) of both glyphs of every image, (SIZE, 2, 2), at least DISTANCE apart."""
    # About one random pair in ten is far enough apart: of 30 * SIZE pairs there are always enough.
    pairs = rng.integers(resolution - glyph_side(resolution) + 1, size=(30 * SIZE, 2, 2))
    squared = ((pairs[:, 0] - pairs[:, 1]) ** 2).sum(axis=1)
    far: Integers = pairs[squared >= (DISTANCE * resolution) ** 2][:SIZE]
    return far


def textures(rng: np.random.Generator, direction: Integers, resolution: int) -> Grey:
    """Zero-mean streaks (N, resolution, resolution), along the rows where direction is 0, columns where 1."""
    shape = (len(direction), resolution + WAVELENGTH - 1, resolution + STREAK - 1)
    grain = 2 * rng.integers(2, size=shape, dtype=np.int16) - 1
    wave = [1] * (WAVELENGTH // 2) + [-1] * (WAVELENGTH // 2)
    across = correlated(grain, wave)
    rows = correlated(across.swapaxes(1, 2), [1] * STREAK)
    return np.where(direction[:, None, None] == 1, rows, rows.swapaxes(1, 2))


def correlated(grid: Grey, taps: list[int]) -> Grey:
    """Sums of `taps` neighbours along axis 1 of (N, H, W), without padding: (N, H - len(taps) + 1, W)."""
    height = grid.shape[1] - len(taps) + 1
    total = np.zeros((grid.shape[0], height, grid.shape[2]), dtype=np.int16)
    for offset, tap in enumerate(taps):
        total += tap * grid[:, offset : offset + height]
    return total


def stamp(grey: Grey, stamps: Grey, where: Integers) -> None:
    """Puts stamps (N, 2, S, S) into grey (N, H, W), in place, at the corners `where` (N, 2, 2)."""
    along = np.arange(stamps.shape[-1])
    image = np.arange(len(grey))[:, None, None]
    for place in range(2):
        rows, columns = (where[:, place, axis, None] + along for axis in (0, 1))
        grey[image, rows[:, :, None], columns[:, None, :]] = stamps[:, place]


DATASET = Dataset(
    in_chans=1,
    num_classes=4,
    size=SIZE,
    source="procedural, drawn by moat_lab",
    images=drawn_images,
)
