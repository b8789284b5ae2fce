"""What is exported: a model in eval mode, and what its inputs and outputs mean."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import torch

from moat_lab.errors import UserError
from moat_lab.grammar import ZOO
from moat_lab.grammar import network as to_network
from moat_lab.models import Model, build
from moat_lab.models.weights import WEIGHTS, About, official, read_weights


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """A model and its preprocessing; `sides` are the (height, width) of its images, pixels.

    Args:
        step: height and width are left open where the form holds the computation, in multiples of this from
            twice on; 0 where they are fixed.
        opset: version of ONNX's operators.
    """

    model: Model
    about: About
    sides: tuple[int, int]
    trained: bool
    step: int = 0
    opset: int = 20

    def images(self, batch: int, seed: int = 0, *, larger: int = 0) -> torch.Tensor:
        """Random images (batch, in_chans, *sides) for comparing outputs; the width some steps larger."""
        generator = torch.Generator().manual_seed(seed)
        height, width = self.sides
        channels = self.model.in_chans
        return torch.randn(batch, channels, height, width + larger * self.step, generator=generator)

    def metadata(self) -> dict[str, str]:
        """What a file says of itself, as texts."""
        texts = {
            "network": str(self.model.network),
            "key": self.model.network.key,
            "trained": "yes" if self.trained else "no: freshly initialised",
            "resolution": "x".join(map(str, self.sides)),
            "multiples_of": str(self.step or ""),
            "mean": ",".join(map(str, self.about.mean)),
            "deviation": ",".join(map(str, self.about.deviation)),
            "classes": "\n".join(self.about.classes),
            "trained_by": self.about.trained_by,
        }
        texts |= {name: str(score) for name, score in self.about.scores.items()}
        return {name: text for name, text in texts.items() if text}


def subject(
    source: str | Path,
    *,
    num_classes: int | None = None,
    in_chans: int | None = None,
    resolution: tuple[int, int] | None = None,
    seed: int = 0,
) -> Subject:
    """The model that a name, a text, a weights file or a training's folder stands for.

    A name or text gives freshly initialised weights, 1000 classes and 3 channels where nothing else is said;
    pixels are scaled to [-1, 1], as for the official models.

    Raises:
        UserError: the file holds no network's weights, or classes or channels are asked of it.
        GrammarError: the text is no network.
    """
    file = weights_file(source)
    if file is None:
        return _fresh(str(source), num_classes, in_chans, resolution, seed)
    if num_classes is not None or in_chans is not None:
        raise UserError(
            f"--num-classes and --in-chans are for a network's text; {file} has its own\n  leave them out"
        )
    weights = read_weights(file)
    about = weights.about or official(weights.network, weights.in_chans)
    sides = resolution or (about.resolution, about.resolution)
    return Subject(model=weights.model(), about=about, sides=sides, trained=True)


def weights_file(source: str | Path) -> Path | None:
    """The file that `source` names, itself or as its folder; None where it is a network's name or text.

    Raises:
        UserError: it is a folder without weights.
    """
    text = str(source)
    if text in ZOO or "|" in text:
        return None
    path = Path(source)
    if path.is_dir():
        if not (path / WEIGHTS).is_file():
            raise UserError(
                f"a training's folder holds {WEIGHTS}; {path} does not\n  it is written when a training ends"
            )
        return path / WEIGHTS
    named_as_file = path.suffix == ".safetensors" or len(path.parts) > 1
    return path if named_as_file or path.is_file() else None


def _fresh(
    text: str,
    num_classes: int | None,
    in_chans: int | None,
    resolution: tuple[int, int] | None,
    seed: int,
) -> Subject:
    network, channels = to_network(text), 3 if in_chans is None else in_chans
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = build(network, 1000 if num_classes is None else num_classes, channels).eval()
    sides = resolution or (network.resolution, network.resolution)
    return Subject(model=model, about=official(network, channels), sides=sides, trained=False)
