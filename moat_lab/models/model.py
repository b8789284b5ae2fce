"""A network as a torch module, with the interface that timm's users expect."""

from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import replace
from typing import Any

import torch
from timm.layers.drop import DropPath
from timm.models._features import feature_take_indices
from timm.models._manipulate import MATCH_PREV_GROUP
from torch import nn
from torch.fx import wrap

from moat_lab.errors import UserError
from moat_lab.grammar import Network, to_network
from moat_lab.lowering import lower, lower_head
from moat_lab.models.checkpointing import checkpointed
from moat_lab.models.initialise import init_weights
from moat_lab.ops import Shape
from moat_lab.ops.modules.attention import TABLE, resized

wrap("checked")

STRIDES = (1, 2, 4, 8, 16, 32)
"""What an output stride may be."""


class Model(nn.Module):
    """Stem, stages and head of a network: (N, in_chans, H, W) -> (N, num_classes).

    Args:
        global_pool: `avg`, or nothing: logits at each pixel, or the last map where there are no classes.
        output_stride: the most by which the image is reduced. Later strides are removed, and depthwise
            convolutions after them dilated; weights are the same.
        img_size: another design resolution: position tables are made for it.

    Raises:
        UserError: the network has no such pooling, output stride or design resolution.
    """

    def __init__(
        self,
        network: Network,
        *,
        num_classes: int = 1000,
        in_chans: int = 3,
        global_pool: str = "avg",
        output_stride: int | None = None,
        img_size: int | tuple[int, int] | None = None,
        drop_path_rate: float = 0.0,
        drop_rate: float = 0.0,
        device: torch.device | str | None = None,
        dtype: torch.dtype | None = None,
    ) -> None:
        super().__init__()
        if img_size is not None:
            network = designed_for(network, img_size)
        self.network, self.num_classes, self.in_chans = network, num_classes, in_chans
        self.pooled = _pools(global_pool)
        self.output_stride = _possible_stride(network, output_stride)
        with nullcontext() if device is None else torch.device(device):
            self._build()
            self.apply(init_weights)
        if dtype is not None:
            self.to(dtype)
        self.head_drop = nn.Dropout(drop_rate)
        self.num_features = self.head_hidden_size = network.width
        self.feature_info = list(_feature_info(network, output_stride))
        self.grad_checkpointing = False
        _set_drop_path(self, drop_path_rate)

    def _build(self) -> None:
        lowered = lower(
            self.network,
            num_classes=self.num_classes,
            pooled=self.pooled,
            output_stride=self.output_stride,
        )
        shape = Shape(self.in_chans, self.network.resolution, self.network.resolution)
        self.stem = lowered.stem.build(shape)
        shape = lowered.stem.out(shape)
        self.stages = nn.Sequential()
        for i, stage in enumerate(lowered.stages):
            self.stages.add_module(str(i), stage.build(shape))
            shape = stage.out(shape)
        self.head = lowered.head.build(shape)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.forward_head(self.forward_features(x))

    def forward_features(self, x: torch.Tensor) -> torch.Tensor:
        """(N, in_chans, H, W) -> (N, num_features, H', W'): the last stage's map."""
        x = self.stem(checked(x, self.in_chans))
        for stage in self.stages:
            if self.grad_checkpointing and not torch.jit.is_scripting():  # type: ignore[attr-defined]
                x = checkpointed(stage, x)
            else:
                x = stage(x)
        return x

    def forward_head(self, x: torch.Tensor, pre_logits: bool = False) -> torch.Tensor:
        """The last map -> (N, num_classes); with `pre_logits`, or no classes, (N, num_features).

        What is not pooled keeps its height and width.
        """
        for name, step in self.head.named_children():
            if name == "classifier":
                x = self.head_drop(x)
            if name != "classifier" or not pre_logits:
                x = step(x)
        return x.flatten(1) if self.pooled else x

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
        x = checked(x, self.in_chans)
        maps = []
        for i, part in enumerate([self.stem, *self.stages]):
            if stop_early and i > last:
                break
            x = checkpointed(part, x) if i and self.grad_checkpointing else part(x)
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
            self.reset_classifier(0, "")
        return take

    def get_classifier(self) -> nn.Module:
        return getattr(self.head, "classifier", nn.Identity())

    def reset_classifier(self, num_classes: int, global_pool: str | None = None) -> None:
        """A new classifier, or none for 0 classes, and another pooling where one is given."""
        self.num_classes = num_classes
        self.pooled = self.pooled if global_pool is None else _pools(global_pool)
        like, norm = next(self.stem.parameters()), getattr(self.head, "norm", None)
        op = lower_head(num_classes, pooled=self.pooled)
        self.head = op.build(Shape(self.num_features, 1, 1)).apply(init_weights)
        self.head.to(like.device, like.dtype).train(self.training)
        if norm is not None and hasattr(self.head, "norm"):
            self.head.norm = norm

    def set_input_size(self, img_size: int | tuple[int, int]) -> None:
        """Another design resolution: position tables are resized to it, so that outputs there stay the same.

        Raises:
            UserError: the sides differ, or the resolution cannot be.
        """
        self.network = designed_for(self.network, img_size)
        with torch.device("meta"):
            like = Model(self.network).state_dict()
        for name in self.no_weight_decay():
            table = self.get_parameter(name)
            table.data = resized(table.data, (like[name].shape[1], like[name].shape[2]))

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
        return {name for name, _ in self.named_parameters() if name.endswith(TABLE)}

    def _load_from_state_dict(self, state_dict: dict[str, Any], prefix: str, *args: Any) -> None:
        """Weights of a whole network fit one without a head too."""
        if not list(self.head.children()):
            for name in [name for name in state_dict if name.startswith(f"{prefix}head.norm.")]:
                del state_dict[name]
        super()._load_from_state_dict(state_dict, prefix, *args)


def checked(x: torch.Tensor, in_chans: int) -> torch.Tensor:
    """The images; tracing by torch.fx takes the check as one step.

    Raises:
        UserError: they are not of the shape that a model takes.
    """
    fits = x.dim() == 4 and x.shape[1] == in_chans and x.shape[2] >= 1 and x.shape[3] >= 1
    if not fits:
        got = ", ".join([str(side) for side in x.shape])
        raise UserError(f"the input is (N, {in_chans}, H, W) with sides of 1 pixel or more; got ({got})")
    return x


def designed_for(network: Network, img_size: int | tuple[int, int]) -> Network:
    """The network with another design resolution.

    Raises:
        UserError: the sides differ, or the resolution cannot be.
    """
    height, width = (img_size, img_size) if isinstance(img_size, int) else img_size
    if height != width:
        raise UserError(
            f"img_size is one side, pixels, that position tables are made for; got {height}x{width}\n"
            "  leave it out: a model runs at any height and width, resizing its tables"
        )
    return replace(network, resolution=height)


def _pools(global_pool: str) -> bool:
    if global_pool not in ("avg", ""):
        raise UserError(f"global_pool is 'avg', the global mean, or '' for no pooling; got '{global_pool}'")
    return global_pool == "avg"


def _possible_stride(network: Network, stride: int | None) -> int | None:
    possible = [each for each in STRIDES if each >= network.stem.stride]
    if stride is not None and stride not in possible:
        raise UserError(
            f"output_stride is one of {', '.join(map(str, possible))}, as the stem's stride stays; "
            f"got {stride}"
        )
    return stride


def _feature_info(network: Network, output_stride: int | None) -> Iterator[dict[str, Any]]:
    widths = [network.stem.widths[-1], *(stage.width for stage in network.stages)]
    # Of the stem its last step, for timm takes a model's chains apart where it wraps them.
    modules = [
        f"stem.conv_{len(network.stem.widths) - 1}",
        *(f"stages.{i}" for i in range(len(network.stages))),
    ]
    for width, reduction, module in zip(widths, network.reductions, modules, strict=True):
        yield {"num_chs": width, "reduction": min(reduction, output_stride or reduction), "module": module}


def _set_drop_path(model: Model, rate: float) -> None:
    blocks = [block for stage in model.stages for name, block in stage.named_children() if "block" in name]
    for i, block in enumerate(blocks):
        for module in block.modules():
            if isinstance(module, DropPath):
                module.drop_prob = rate * i / max(1, len(blocks) - 1)


def build(
    network: Network | str,
    num_classes: int = 1000,
    in_chans: int = 3,
    *,
    drop_path_rate: float = 0.0,
    drop_rate: float = 0.0,
) -> Model:
    """A freshly initialised model: (N, in_chans, H, W) -> (N, num_classes), at any H and W.

    Args:
        network: a network, its text, or a name of the ZOO.
        drop_path_rate: of the last block; it rises linearly from 0 at the first.

    Raises:
        GrammarError: the text is not a network.
    """
    return Model(
        to_network(network),
        num_classes=num_classes,
        in_chans=in_chans,
        drop_path_rate=drop_path_rate,
        drop_rate=drop_rate,
    )
