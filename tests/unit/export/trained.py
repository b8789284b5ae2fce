"""A small trained-looking network, as a file that a training leaves."""

from pathlib import Path

import torch

from moat_lab import build, parse
from moat_lab.models import Model
from moat_lab.models.weights import About, write_weights

NETWORK = "stem(8, 8) | 1x mbconv(se=0.25) @8 | 1x mbconv+attn(window=2, head=8) @16 for 16px"
ABOUT = About(
    resolution=16,
    mean=(0.25,),
    deviation=(0.5,),
    classes=("cat", "dog", "eel"),
    scores={"top1": 0.625},
    trained_by="python -m moat_lab train",
)


def disturbed(model: Model) -> Model:
    """The model with every parameter and running statistic moved, so that each matters."""
    generator = torch.Generator().manual_seed(5)
    with torch.no_grad():
        for tensor in model.state_dict().values():
            if tensor.is_floating_point():
                tensor += 0.2 * torch.rand(tensor.shape, generator=generator)
    return model.eval()


def write_trained(path: Path) -> Model:
    """Writes weights of `NETWORK` with `ABOUT`; the model they are of."""
    model = disturbed(build(NETWORK, num_classes=3, in_chans=1))
    write_weights(path, model.state_dict(), parse(NETWORK), ABOUT)
    return model
