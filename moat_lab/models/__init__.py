"""Network -> torch.nn.Module; the ZOO in timm's registry; official weights in."""

import moat_lab.models.registry  # noqa: F401  registers the ZOO with timm
from moat_lab.models.model import Model, build
from moat_lab.models.tensorflow import from_tensorflow

__all__ = ["Model", "build", "from_tensorflow"]
