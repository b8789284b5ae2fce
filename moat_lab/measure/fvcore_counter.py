"""fvcore's counts of a built network, beside the closed form."""

from __future__ import annotations

import logging
import warnings
from collections import Counter
from collections.abc import Callable, Mapping
from math import prod
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from torch import nn

Handle = Callable[[list[Any], list[Any]], Any]


def fvcore_counts(model: nn.Module, resolution: tuple[int, int], *, in_chans: int = 3) -> tuple[int, int]:
    """(MACs, activations) of one image as fvcore counts them, norms left out, fused attention put in.

    The model is traced in eval mode, for a trace in train mode would change its running statistics.

    Source: fvcore; it knows no `aten::scaled_dot_product_attention`, and ignores only ops it does not know.
    """
    import torch

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from fvcore.nn.jit_analysis import JitModelAnalysis
    logging.getLogger("fvcore").setLevel(logging.ERROR)
    was_training, device = model.training, next(model.parameters()).device
    try:
        analysis = JitModelAnalysis(model.eval(), torch.zeros(1, in_chans, *resolution, device=device))
        # One trace for both numbers, for tracing is what takes the time.
        analysis.set_op_handle(**{f"aten::{op}": _both(*counts) for op, counts in _handles().items()})
        analysis.unsupported_ops_warnings(False).uncalled_modules_warnings(False)
        counted = analysis.by_operator()
    finally:
        model.train(was_training)
    return int(counted["macs"]), int(counted["activations"])


def _handles() -> dict[str, tuple[Handle, Handle]]:
    """Operator -> how to count its MACs and its activations."""
    from fvcore.nn import jit_handles

    outputs = jit_handles.generic_activation_jit()
    return {
        "_convolution": (jit_handles.conv_flop_jit, outputs),
        "linear": (jit_handles.linear_flop_jit, outputs),
        "addmm": (jit_handles.addmm_flop_jit, outputs),
        "bmm": (jit_handles.bmm_flop_jit, outputs),
        "mm": (jit_handles.matmul_flop_jit, outputs),
        "matmul": (jit_handles.matmul_flop_jit, outputs),
        "einsum": (jit_handles.einsum_flop_jit, outputs),
        "scaled_dot_product_attention": (_attention_macs, _attention_activations),
    }


def _both(macs: Handle, activations: Handle) -> Handle:
    """A handle that gives two counts of an operator by name."""

    def handle(inputs: list[Any], outputs: list[Any]) -> Counter[str]:
        return Counter(macs=_number(macs(inputs, outputs)), activations=_number(activations(inputs, outputs)))

    return handle


def _number(count: Any) -> int:
    """Some of fvcore's handles give a number, some a counter of one operator."""
    return int(sum(count.values()) if isinstance(count, Mapping) else count)


def _attention_macs(inputs: list[Any], outputs: list[Any]) -> int:
    query, key, value = (_shape(tensor) for tensor in inputs[:3])
    return prod(query[:-1]) * key[-2] * (query[-1] + value[-1])


def _attention_activations(inputs: list[Any], outputs: list[Any]) -> int:
    query, key = _shape(inputs[0]), _shape(inputs[1])
    return prod(query[:-1]) * key[-2] + prod(_shape(outputs[0]))


def _shape(value: Any) -> list[int]:
    return list(value.type().sizes())
