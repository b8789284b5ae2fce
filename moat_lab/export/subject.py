"""What is exported: a model in eval mode, and what its inputs and outputs mean."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import torch

from moat_lab.errors import UserError
from moat_lab.grammar import ZOO, Network, to_network
from moat_lab.lowering import lower
from moat_lab.models import Model
from moat_lab.models.headed import HeadedModel, PyramidMaps, built
from moat_lab.models.weights import WEIGHTS, About, official_preprocessing, read_weights
from moat_lab.ops import Attention, InputSpec, Shape, UniformAttention, input_spec


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """A model in eval mode, its images and classes, and their preprocessing.

    Args:
        step: height and width are left open where the form holds the computation, in multiples of this from
            twice on; 0 where they are fixed.
        opset: version of ONNX's operators.
    """

    model: Model | HeadedModel | PyramidMaps
    about: About
    inputs: InputSpec
    trained: bool
    step: int = 0
    opset: int = 20

    def images(self, batch: int, seed: int = 0, *, larger: int = 0) -> torch.Tensor:
        """Random images (batch, C, H, W) for comparing outputs; the width some steps larger."""
        generator, image = torch.Generator().manual_seed(seed), self.inputs.shape
        width = image.width + larger * self.step
        return torch.randn(batch, image.channels, image.height, width, generator=generator)

    def metadata(self) -> dict[str, str]:
        """What a file says of itself, as texts."""
        texts = {
            "network": str(self.model.network),
            "key": self.model.network.key,
            "trained": "yes" if self.trained else "no: freshly initialised",
            "resolution": "x".join(map(str, self.inputs.resolution)),
            "multiples_of": str(self.step or ""),
            "mean": ",".join(map(str, self.about.mean)),
            "deviation": ",".join(map(str, self.about.deviation)),
            "classes": "\n".join(self.about.classes),
            "trained_by": self.about.trained_by,
        }
        texts |= {name: str(score) for name, score in self.about.scores.items()}
        return {name: text for name, text in texts.items() if text}


def load_subject(
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
        network = to_network(str(source))
        inputs = input_spec(
            resolution or network.resolution,
            in_chans=3 if in_chans is None else in_chans,
            classes=1000 if num_classes is None else num_classes,
        )
        return fresh_subject(network, inputs, seed)
    if num_classes is not None or in_chans is not None:
        raise UserError(
            f"--num-classes and --in-chans are for a network's text; {file} has its own\n  leave them out"
        )
    weights = read_weights(file)
    about = weights.about or official_preprocessing(weights.network, weights.in_chans)
    inputs = input_spec(
        resolution or about.resolution,
        in_chans=weights.in_chans,
        classes=weights.num_classes,
        head=weights.inputs.head,
    )
    return Subject(model=weights.model(), about=about, inputs=inputs, trained=True)


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


def fresh_subject(network: Network, inputs: InputSpec, seed: int = 0) -> Subject:
    """The network with freshly initialised weights."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = built(network, inputs).eval()
    return Subject(
        model=model, about=official_preprocessing(network, inputs.in_chans), inputs=inputs, trained=False
    )


def with_open_sides(of: Subject) -> Subject:
    """The subject for any sides that no stage has to round up.

    Which zeros a map is padded with is then the same for all of them.

    Raises:
        UserError: the network has windows or a grid, whose number would follow from the sides, or the
            subject's own sides are none of those.
    """
    network = of.model.network
    if of.inputs.head is not None:
        raise UserError(
            "--dynamic needs a network with its linear classifier; a head on its maps asks for their sides\n"
            "  leave it out, and write one file for each --resolution"
        )
    if has_windows(network):
        raise UserError(
            f"--dynamic needs a network without windows and grids; got {network}\n"
            "  leave it out, and write one file for each --resolution"
        )
    step = network.reductions[-1]
    if min(of.inputs.resolution) < 2 * step or any(side % step for side in of.inputs.resolution):
        fitting = "x".join(str(max(2, round(side / step)) * step) for side in of.inputs.resolution)
        raise UserError(
            f"--dynamic needs a --resolution in multiples of {step} from {2 * step} on; "
            f"got {of.inputs.resolution[0]}x{of.inputs.resolution[1]}\n  the nearest is {fitting}"
        )
    return replace(of, step=step)


def has_windows(network: Network) -> bool:
    """Whether attention in it is over windows or a grid."""
    leaves = [leaf for stage in lower(network, num_classes=0).stages for leaf in stage.leaves(Shape(1, 1, 1))]
    return any(isinstance(op, Attention | UniformAttention) and op.window for _, op, _ in leaves)
