"""One set of weights for all networks of a space: each takes the first channels of every layer.

Source: Yu et al. 2019, slimmable networks (arXiv 1812.08928); Cai et al. 2020, once for all (arXiv
1908.09791).
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from functools import lru_cache

import torch
from torch import nn
from torch.func import functional_call

from moat_lab.costs import cost_at
from moat_lab.grammar import Network
from moat_lab.models.headed import built
from moat_lab.models.initialise import init_weights, stream_name
from moat_lab.models.shared import part_of
from moat_lab.ops.modules.attention import TABLE
from moat_lab.train.recipe import Recipe
from moat_lab.train.run import derived

_TEMPLATES = 1 << 10


class SharedWeights(nn.Module):
    """The weights of all networks of a space: images (N, C, H, W) -> logits (S, N, classes) of S of them.

    These are the largest network, the smallest, and `others` that the step draws (the sandwich rule of Yu and
    Huang 2019, arXiv 1903.05134). In eval mode it is the largest alone: (N, classes). Batch norms see the
    batch: statistics belong to a network, and are taken anew for each one that is judged.

    Args:
        networks: of one space, two or more.
        others: networks drawn for each step beside the largest and the smallest.
    """

    def __init__(self, networks: Sequence[Network], recipe: Recipe, seed: int, *, others: int = 2) -> None:
        super().__init__()
        self.recipe, self.seed, self.others, self.step = recipe, seed, others, 0
        self.networks = sorted(networks, key=lambda each: cost_at(each, recipe.inputs).params)
        self._template = lru_cache(maxsize=_TEMPLATES)(self._built)
        for name, tensor in _whole(self.networks, recipe, seed).items():
            self.register_parameter(_slashed(name), nn.Parameter(tensor))

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        if not self.training:
            return self._one(self.networks[-1], images)
        return torch.stack([self._one(network, images) for network in self.drawn(self.step)])

    def drawn(self, step: int) -> list[Network]:
        """The networks of a step: the largest first."""
        rng = random.Random(derived(self.seed, f"networks/{step}"))
        return [self.networks[-1], self.networks[0], *rng.choices(self.networks, k=self.others)]

    def weights(self, network: Network) -> dict[str, torch.Tensor]:
        """The parameters that a network takes, as views."""
        shapes = {name: weight.shape for name, weight in self._template(network).named_parameters()}
        own = dict(self.named_parameters())
        return {name: part_of(name, own[_slashed(name)], shape) for name, shape in shapes.items()}

    def model(self, network: Network) -> nn.Module:
        """A network of its own with a copy of its weights, whose batch norms have no statistics yet."""
        with torch.no_grad():
            model = built(network, self.recipe.inputs)
            model.load_state_dict({**model.state_dict(), **self.weights(network)})
        return model.to(next(self.parameters()).device)

    def state(self) -> dict[str, torch.Tensor]:
        """The weights by our names, each as large as the largest network that has it."""
        return {_dotted(name): weight.detach() for name, weight in self.named_parameters()}

    def no_weight_decay(self) -> set[str]:
        """Position tables; timm spares biases and norms itself."""
        return {name for name, _ in self.named_parameters() if name.endswith(TABLE)}

    def _one(self, network: Network, images: torch.Tensor) -> torch.Tensor:
        logits: torch.Tensor = functional_call(self._template(network), self.weights(network), (images,))
        return logits

    def _built(self, network: Network) -> nn.Module:
        """The network's layers without weights; its batch norms keep no statistics."""
        with torch.device("meta"):
            model = built(network, self.recipe.inputs)
        for module in model.modules():
            if isinstance(module, nn.BatchNorm2d):
                module.track_running_stats = False
                module.running_mean = module.running_var = module.num_batches_tracked = None
        return model.train()


def _whole(networks: Sequence[Network], recipe: Recipe, seed: int) -> Mapping[str, torch.Tensor]:
    """Fresh weights by name, each as large as the largest network that has it."""
    shapes: dict[str, list[int]] = {}
    makers: dict[str, nn.Module] = {}
    for network in networks:
        with torch.device("meta"):
            model = built(network, recipe.inputs)
        for name, weight in model.named_parameters():
            known = shapes.get(name, [0] * weight.ndim)
            shapes[name] = [max(pair) for pair in zip(known, weight.shape, strict=True)]
            if shapes[name] != known:
                makers[name] = model
    return {name: _fresh(name, shape, makers[name], seed) for name, shape in shapes.items()}


def _fresh(name: str, shape: Sequence[int], model: nn.Module, seed: int) -> torch.Tensor:
    """Drawn as the model's own weights are, in the larger shape."""
    parent, _, leaf = name.rpartition(".")
    module = model.get_submodule(parent)
    setattr(module, leaf, nn.Parameter(torch.ones(*shape)))
    torch.default_generator.manual_seed(derived(seed, f"weights/{stream_name(parent, module)}"))
    init_weights(module)
    found: torch.Tensor = getattr(module, leaf).detach()
    return torch.zeros_like(found) if leaf == "bias" else found


def _slashed(name: str) -> str:
    return name.replace(".", "/")


def _dotted(name: str) -> str:
    return name.replace("/", ".")
