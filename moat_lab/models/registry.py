"""Every network of the ZOO in timm's registry: `timm.create_model("tiny_moat_0")`.

Any other network is `timm.create_model("moat_lab_network", network=TEXT)`; exported folders name it so.
"""

import sys
from collections.abc import Callable
from typing import Any

import torch
from timm.data import IMAGENET_INCEPTION_MEAN, IMAGENET_INCEPTION_STD
from timm.models import build_model_with_cfg, generate_default_cfgs, register_model

from moat_lab.errors import UserError
from moat_lab.grammar import ZOO, Network, to_network
from moat_lab.grammar.template import DEFAULT_RESOLUTION
from moat_lab.models.model import Model
from moat_lab.ops.modules.attention import resized

ANY = "moat_lab_network"
"""The architecture whose network is an argument."""


def _configuration(side: int) -> dict[str, Any]:
    return {
        "num_classes": 1000,
        "input_size": (3, side, side),
        "fixed_input_size": False,
        "crop_pct": 0.95,
        "interpolation": "bicubic",
        # The official models see pixels scaled to [-1, 1].
        "mean": IMAGENET_INCEPTION_MEAN,
        "std": IMAGENET_INCEPTION_STD,
        "first_conv": "stem.conv_0",
        "classifier": "head.classifier",
        "license": "apache-2.0",
    }


def _with_sizes(configuration: dict[str, Any], network: Network) -> dict[str, Any]:
    """With the sizes of the image, at the design resolution where none is given, and of its last map."""
    side, reduction = network.resolution, network.reductions[-1]
    image = configuration.get("input_size", (3, side, side))
    last = tuple(-(-side // reduction) for side in image[1:])
    return {"input_size": image, "pool_size": last} | configuration


def _fitted(state: dict[str, torch.Tensor], model: Model) -> dict[str, torch.Tensor]:
    """Weights whose position tables are resized to those of the model."""
    tables = {name: model.get_parameter(name).shape for name in model.no_weight_decay()}
    return state | {
        name: resized(state[name], (shape[1], shape[2])) for name, shape in tables.items() if name in state
    }


def _entry(name: str, default: str | None) -> Callable[..., Model]:
    def create(pretrained: bool = False, network: Network | str | None = default, **kwargs: Any) -> Model:
        if network is None:
            raise UserError(f"{name} needs the argument `network`, a text or a name; got none")
        network = to_network(network)
        if not isinstance(kwargs.get("pretrained_cfg"), dict):  # a folder's, which is complete
            overlay = kwargs.get("pretrained_cfg_overlay") or {}
            kwargs["pretrained_cfg_overlay"] = _with_sizes(overlay, network)
        return build_model_with_cfg(
            Model,
            name,
            pretrained,
            feature_cfg={
                "out_indices": tuple(range(1 + len(network.stages))),
                "feature_cls": "getter",
                "flatten_sequential": True,
            },
            pretrained_filter_fn=_fitted,
            network=network,
            **kwargs,
        )

    create.__name__, create.__module__ = name, __name__
    create.__doc__ = f"The ZOO's `{name}`." if default else "The network that `network` says."
    return create


_configurations: dict[str, Any] = {
    name: _with_sizes(_configuration(to_network(name).resolution), to_network(name)) for name in ZOO
} | {ANY: _configuration(DEFAULT_RESOLUTION)}
default_cfgs = generate_default_cfgs(_configurations)
for _name in _configurations:
    setattr(sys.modules[__name__], _name, register_model(_entry(_name, _name if _name in ZOO else None)))
