"""What is random about a training's images, drawn ahead on the CPU, so that a GPU has nothing to wait for."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from math import exp, log, sqrt

import torch

from moat_lab.data.image_decoder import Box, middle
from moat_lab.train.randaugment import CHANGES, OPERATIONS
from moat_lab.train.recipe import Augmentation

RATIOS = (3 / 4, 4 / 3)
"""Least and largest width / height of a crop, as a share of the image's own."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Draws:
    """For N images what each is changed by; None is a change that the recipe does not ask for.

    The images are the last dimension; there may be more in front, such as the steps of an epoch.

    Args:
        image: (..., N) positions of the images; None where they are given.
        crop: (..., 4, N), as `crops` gives it.
        scale: (..., 4, N), as `frames` gives it.
        shift: (..., 2, N) pixels down and right.
        flip: (..., N) whether left and right are swapped.
        randaugment: (..., OPERATIONS, N) codes of `randaugmented`.
        erase: (..., 2, N) row and column of the middle of a black square.
        mix: (...) the seed of how much images are mixed, and where.
    """

    image: torch.Tensor | None = None
    crop: torch.Tensor | None = None
    scale: torch.Tensor | None = None
    shift: torch.Tensor | None = None
    flip: torch.Tensor | None = None
    randaugment: torch.Tensor | None = None
    erase: torch.Tensor | None = None
    mix: torch.Tensor | None = None

    def each(self, change: Callable[[torch.Tensor], torch.Tensor]) -> Draws:
        """The draws with every tensor changed."""
        return Draws(**{name: change(tensor) for name, tensor in self.tensors().items()})

    def to(self, device: torch.device) -> Draws:
        """On the device; what the CPU itself decides by stays there."""
        return Draws(
            **{
                name: tensor if name in ("randaugment", "mix") else tensor.to(device, non_blocking=True)
                for name, tensor in self.tensors().items()
            }
        )

    def step(self, number: int) -> Draws:
        """Those of one step of an epoch."""
        return self.each(lambda tensor: tensor[number])

    def tensors(self) -> dict[str, torch.Tensor]:
        """Those that there are, by name."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: value for name, value in values.items() if value is not None}


def drawn(how: Augmentation, count: int, sides: tuple[int, int], generator: torch.Generator) -> Draws:
    """For a batch of images of (height, width) `sides`; the generator is one of the CPU."""
    crop = crops(count, how.crop, generator) if how.crop < 1 else None
    scale = frames(count, how.scale, generator) if how.scales else None
    shift = _whole(-how.shift, how.shift + 1, (2, count), generator) if how.shift else None
    flip = _whole(0, 2, (count,), generator).bool() if how.flip else None
    codes = [
        _whole(0, 2 * len(CHANGES), (count,), generator) for _ in range(OPERATIONS if how.randaugment else 0)
    ]
    middles = [_whole(0, side, (count,), generator) for side in sides if how.erase]
    return Draws(
        crop=crop,
        scale=scale,
        shift=shift,
        flip=flip,
        randaugment=torch.stack(codes) if codes else None,
        erase=torch.stack(middles) if middles else None,
    )


def mix_seed(how: Augmentation, generator: torch.Generator) -> torch.Tensor | None:
    """Drawn after all else of a batch, where the recipe mixes images."""
    return _whole(0, 2**32, (), generator) if how.mixes else None


def epoch_draws(
    how: Augmentation, images: int, batch: int, sides: tuple[int, int], generator: torch.Generator
) -> Draws:
    """Of a whole epoch, (steps, ...): full batches in random order, drawn batch by batch."""
    order = torch.randperm(images, generator=generator)
    steps = []
    for chosen in order[: images // batch * batch].split(batch):
        draws = drawn(how, len(chosen), sides, generator)
        values = {**draws.tensors(), "image": chosen, "mix": mix_seed(how, generator)}
        steps.append(Draws(**values))
    return joined(steps, torch.stack)


def joined(draws: Sequence[Draws], join: Callable[[list[torch.Tensor]], torch.Tensor]) -> Draws:
    """Several draws of the same kind as one."""
    return Draws(**{name: join([each.tensors()[name] for each in draws]) for name in draws[0].tensors()})


def crops(count: int, least: float, generator: torch.Generator) -> torch.Tensor:
    """(4, N): height and width of a crop, and where its middle is down and right of the image's.

    Heights and widths are shares of the image's sides; places are from -1 to 1, of half of a side. The
    area is uniform from `least` to 1, and the ratio of the sides uniform in its logarithm. A side longer
    than the image's is cut to it, where Szegedy et al. draw again.

    Source: Szegedy et al. 2014, arXiv 1409.4842, section 6.
    """
    area, ratio, down, right = torch.rand(4, count, generator=generator)
    area = least + (1 - least) * area
    low, high = log(RATIOS[0]), log(RATIOS[1])
    ratio = torch.exp(low + (high - low) * ratio)
    height, width = (area / ratio).sqrt().clamp(max=1), (area * ratio).sqrt().clamp(max=1)
    return torch.stack([height, width, (2 * down - 1) * (1 - height), (2 * right - 1) * (1 - width)])


def frames(count: int, sizes: tuple[float, float], generator: torch.Generator) -> torch.Tensor:
    """(4, N): what a frame of the image's size shows of it, as `crops` gives it.

    The image's size is uniform between the two. Of a larger image a part at a random place is seen; a
    smaller one lies at a random place in the frame, where Ghiasi et al. pad below and at the right.

    Source: Ghiasi et al. 2020, arXiv 2012.07177, section 3 (large-scale jitter).
    """
    size, down, right = torch.rand(3, count, generator=generator)
    seen = 1 / (sizes[0] + (sizes[1] - sizes[0]) * size)
    return torch.stack([seen, seen, (2 * down - 1) * (1 - seen), (2 * right - 1) * (1 - seen)])


def _whole(low: int, high: int, shape: tuple[int, ...], generator: torch.Generator) -> torch.Tensor:
    return torch.randint(low, high, shape, generator=generator)


def random_box(least: float, seed: int, width: int, height: int) -> Box:
    """A box whose area is uniform from `least` to all of the image's; with 1 the square in the middle.

    The ratio of its sides is uniform in its logarithm. A side longer than the image's is cut to it, where
    Szegedy et al. draw again.

    Source: Szegedy et al. 2014, arXiv 1409.4842, section 6.
    """
    if least >= 1:
        return middle(width, height)
    draw = random.Random(seed)
    area = draw.uniform(least, 1) * width * height
    ratio = exp(draw.uniform(log(RATIOS[0]), log(RATIOS[1])))
    across, down = min(width, sqrt(area * ratio)), min(height, sqrt(area / ratio))
    left, top = draw.random() * (width - across), draw.random() * (height - down)
    return left, top, left + across, top + down
