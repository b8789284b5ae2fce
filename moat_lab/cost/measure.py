"""Measurements beside the closed form: fvcore's counts, and latency on this machine."""

from __future__ import annotations

import logging
import platform
import statistics
import time
import warnings
from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch
    from torch import nn

_UNCOUNTED = (
    "batch_norm",
    "layer_norm",
    "group_norm",
    "instance_norm",
    "adaptive_avg_pool2d",
    "upsample_bilinear2d",
)


def fvcore_counts(model: nn.Module, resolution: tuple[int, int], *, in_chans: int = 3) -> tuple[int, int]:
    """(MACs, activations) of one image as fvcore counts them, norms left out, fused attention put in.

    The model is traced in eval mode, for a trace in train mode would change its running statistics.

    Source: fvcore; it knows no `aten::scaled_dot_product_attention`, and ignores only ops it does not know.
    """
    import torch

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from fvcore.nn import ActivationCountAnalysis, FlopCountAnalysis
    logging.getLogger("fvcore").setLevel(logging.ERROR)
    was_training, image = model.training, torch.zeros(1, in_chans, *resolution)
    try:
        analyses = [
            analysis(model.eval(), image) for analysis in (FlopCountAnalysis, ActivationCountAnalysis)
        ]
        for analysis, handle in zip(analyses, (_attention_macs, _attention_activations), strict=True):
            analysis.set_op_handle(**{"aten::scaled_dot_product_attention": handle})
            analysis.set_op_handle(**{f"aten::{op}": _nothing for op in _UNCOUNTED})
            analysis.unsupported_ops_warnings(False).uncalled_modules_warnings(False)
        macs, activations = (int(analysis.total()) for analysis in analyses)
    finally:
        model.train(was_training)
    return macs, activations


@dataclass(frozen=True, slots=True, kw_only=True)
class Latency:
    """The median time of one forward pass, with what it depends on."""

    latency_ms: float
    quartiles_ms: tuple[float, float]
    repeats: int
    device: str
    threads: int
    dtype: str
    batch: int
    resolution: tuple[int, int]

    def __str__(self) -> str:
        low, high = self.quartiles_ms
        return (
            f"{self.latency_ms:.2f} ms [{low:.2f}, {high:.2f}] (median and quartiles of {self.repeats}; "
            f"{self.device}, {self.threads} threads, {self.dtype}, batch {self.batch}, "
            f"{self.resolution[0]}x{self.resolution[1]} px)"
        )


def latency(
    model: nn.Module, resolution: tuple[int, int], *, in_chans: int = 3, batch: int = 1, repeats: int = 30
) -> Latency:
    """Time of a forward pass in eval mode on the model's device, after five passes of warm-up."""
    import torch

    device = next(model.parameters()).device
    images = torch.zeros(batch, in_chans, *resolution, device=device)
    with torch.inference_mode():
        model.eval()
        times = [_timed(model, images) for _ in range(repeats + 5)][5:]
    low, median, high = statistics.quantiles(times, n=4)
    return Latency(
        latency_ms=median,
        quartiles_ms=(low, high),
        repeats=repeats,
        device=torch.cuda.get_device_name(device) if device.type == "cuda" else processor(),
        threads=torch.get_num_threads(),
        dtype=str(images.dtype).removeprefix("torch."),
        batch=batch,
        resolution=resolution,
    )


def processor() -> str:
    """The processor's name, as the system gives it."""
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as lines:
            names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    except OSError:
        names = []
    return names[0] if names else platform.processor() or platform.machine()


def _timed(model: nn.Module, images: torch.Tensor) -> float:
    import torch

    start = time.perf_counter()
    model(images)
    if images.is_cuda:
        torch.cuda.synchronize(images.device)
    return (time.perf_counter() - start) * 1e3


def _nothing(inputs: list[Any], outputs: list[Any]) -> int:
    return 0


def _attention_macs(inputs: list[Any], outputs: list[Any]) -> int:
    query, key, value = (_shape(tensor) for tensor in inputs[:3])
    return prod(query[:-1]) * key[-2] * (query[-1] + value[-1])


def _attention_activations(inputs: list[Any], outputs: list[Any]) -> int:
    query, key = _shape(inputs[0]), _shape(inputs[1])
    return prod(query[:-1]) * key[-2] + prod(_shape(outputs[0]))


def _shape(value: Any) -> list[int]:
    return list(value.type().sizes())
