"""Every network of the ZOO in timm's registry: `timm.create_model("tiny_moat_0")`."""

import sys
from collections.abc import Callable
from typing import Any

from timm.data import IMAGENET_INCEPTION_MEAN, IMAGENET_INCEPTION_STD
from timm.models import build_model_with_cfg, generate_default_cfgs, register_model

from moat_lab.grammar import ZOO, Network
from moat_lab.grammar import network as to_network
from moat_lab.models.model import Model


def _configuration(name: str) -> dict[str, Any]:
    side = to_network(name).resolution
    return {
        "num_classes": 1000,
        "input_size": (3, side, side),
        "pool_size": None,
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


def _entry(name: str) -> Callable[..., Model]:
    def create(pretrained: bool = False, network: Network | str = name, **kwargs: Any) -> Model:
        network = to_network(network)
        return build_model_with_cfg(
            Model,
            name,
            pretrained,
            feature_cfg={"out_indices": tuple(range(1 + len(network.stages))), "feature_cls": "getter"},
            network=network,
            **kwargs,
        )

    create.__name__, create.__module__ = name, __name__
    create.__doc__ = f"The ZOO's `{name}`."
    return create


default_cfgs = generate_default_cfgs({name: _configuration(name) for name in ZOO})
for _name in ZOO:
    setattr(sys.modules[__name__], _name, register_model(_entry(_name)))
