"""A network as a torch module, with the interface that timm's users expect."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch
from timm.layers.drop import DropPath
from timm.models import checkpoint_seq
from timm.models._features import feature_take_indices
from timm.models._manipulate import MATCH_PREV_GROUP
from torch import nn

from moat_lab.errors import UserError
from moat_lab.grammar import Network
from moat_lab.lowering import lower, lower_head
from moat_lab.models.initialise import initialise
from moat_lab.ops import Shape


class Model(nn.Module):
    """Stem, stages and head of a network: (N, in_chans, H, W) -> (N, num_classes)."""

    def __init__(
        self,
        network: Network,
        *,
        num_classes: int = 1000,
        in_chans: int = 3,
        drop_path_rate: float = 0.0,
        drop_rate: float = 0.0,
    ) -> None:
        super().__init__()
        self.network, self.num_classes, self.in_chans = network, num_classes, in_chans
        lowered = lower(network, num_classes=num_classes)
        shape = Shape(in_chans, network.resolution, network.resolution)
        self.stem = lowered.stem.build(shape)
        shape = lowered.stem.out(shape)
        self.stages = nn.Sequential()
        for i, stage in enumerate(lowered.stages):
            self.stages.add_module(str(i), stage.build(shape))
            shape = stage.out(shape)
        self.head = lowered.head.build(shape)
        self.head_drop = nn.Dropout(drop_rate)
        self.num_features = self.head_hidden_size = network.width
        self.feature_info = list(_feature_info(network))
        self.grad_checkpointing = False
        self.apply(initialise)
        _set_drop_path(self, drop_path_rate)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.forward_head(self.forward_features(x))

    def forward_features(self, x: torch.Tensor) -> torch.Tensor:
        """(N, in_chans, H, W) -> (N, num_features, H', W'): the last stage's map."""
        self._check(x)
        x = self.stem(x)
        for stage in self.stages:
            x = self._run(stage, x)
        return x

    def forward_head(self, x: torch.Tensor, pre_logits: bool = False) -> torch.Tensor:
        """The last map -> (N, num_classes); with `pre_logits`, or no classes, (N, num_features)."""
        for name, step in self.head.named_children():
            if name == "classifier":
                x = self.head_drop(x)
            if name != "classifier" or not pre_logits:
                x = step(x)
        return x.flatten(1)

    def forward_intermediates(
        self,
        x: torch.Tensor,
        indices: int | list[int] | None = None,
        norm: bool = False,
        stop_early: bool = False,
        output_fmt: str = "NCHW",
        intermediates_only: bool = False,
    ) -> Any:
        """The maps after the stem (index 0) and after each stage, as timm's models give them.

        `norm` has no effect: only the head has a norm, after the mean over pixels.
        """
        if output_fmt != "NCHW":
            raise UserError(f"output_fmt is NCHW; got {output_fmt}")
        take, last = feature_take_indices(len(self.feature_info), indices)
        self._check(x)
        maps = []
        for i, part in enumerate([self.stem, *self.stages]):
            if stop_early and i > last:
                break
            x = part(x) if i == 0 else self._run(part, x)
            if i in take:
                maps.append(x)
        return maps if intermediates_only else (x, maps)

    def prune_intermediate_layers(
        self, indices: int | list[int] = 1, prune_norm: bool = False, prune_head: bool = True
    ) -> list[int]:
        """Drop the stages after the last index, and the head."""
        take, last = feature_take_indices(len(self.feature_info), indices)
        self.stages = self.stages[:last]
        if prune_head:
            self.reset_classifier(0)
        return take

    def get_classifier(self) -> nn.Module:
        return getattr(self.head, "classifier", nn.Identity())

    def reset_classifier(self, num_classes: int, global_pool: str | None = None) -> None:
        """A new classifier, or none for 0 classes; the pooling is the global mean in any case."""
        if global_pool not in (None, "avg"):
            raise UserError(f"the head pools by the global mean ('avg'); got global_pool '{global_pool}'")
        norm = next(self.head.parameters())
        fresh = lower_head(num_classes).build(Shape(self.num_features, 1, 1)).apply(initialise)
        fresh.to(norm.device, norm.dtype).train(self.training)
        fresh.norm = self.head.norm
        self.num_classes, self.head = num_classes, fresh

    def set_grad_checkpointing(self, enable: bool = True) -> None:
        self.grad_checkpointing = enable

    def group_matcher(self, coarse: bool = False) -> dict[str, Any]:
        """Parameter groups in depth order, for layer-wise learning rates; the classifier comes last."""
        blocks: list[tuple[str, tuple[int, ...] | None]] = (
            [(r"^stages\.(\d+)", None)]
            if coarse
            else [(r"^stages\.(\d+)\.block_(\d+)", None), (r"^stages\.(\d+)\.downsample", (0,))]
        )
        return {"stem": r"^stem", "blocks": [*blocks, (r"^head\.norm", MATCH_PREV_GROUP)]}

    def no_weight_decay(self) -> set[str]:
        """Names of the position tables."""
        return {name for name, _ in self.named_parameters() if name.endswith("relative_position")}

    def _run(self, stage: nn.Module, x: torch.Tensor) -> torch.Tensor:
        return checkpoint_seq(stage, x) if self.grad_checkpointing else stage(x)  # type: ignore[no-any-return]

    def _check(self, x: torch.Tensor) -> None:
        fits = x.ndim == 4 and x.shape[1] == self.in_chans and x.shape[2] >= 1 and x.shape[3] >= 1
        if not fits:
            raise UserError(
                f"the input is (N, {self.in_chans}, H, W) with sides of 1 pixel or more; got {tuple(x.shape)}"
            )


def _feature_info(network: Network) -> Iterator[dict[str, Any]]:
    widths = [network.stem.widths[-1], *(stage.width for stage in network.stages)]
    modules = ["stem", *(f"stages.{i}" for i in range(len(network.stages)))]
    for width, reduction, module in zip(widths, network.reductions, modules, strict=True):
        yield {"num_chs": width, "reduction": reduction, "module": module}


def _set_drop_path(model: Model, rate: float) -> None:
    blocks = [block for stage in model.stages for name, block in stage.named_children() if "block" in name]
    for i, block in enumerate(blocks):
        for module in block.modules():
            if isinstance(module, DropPath):
                module.drop_prob = rate * i / max(1, len(blocks) - 1)
