"""The small vocabulary that layers are made of: one op says its shape, its cost, and builds its module."""

from moat_lab.ops.attention import Attention
from moat_lab.ops.composition import Chain, Residual
from moat_lab.ops.conv import Conv, Depthwise
from moat_lab.ops.head import Head, HeadOp
from moat_lab.ops.inputs import InputSpec, input_spec
from moat_lab.ops.op import Count, Op, Shape
from moat_lab.ops.pointwise import BatchNorm, Gelu, LayerNorm, Linear
from moat_lab.ops.pool import AveragePool, GlobalMean
from moat_lab.ops.squeeze_excite import SqueezeExcite
from moat_lab.ops.uniform_attention import UniformAttention

__all__ = [
    "Attention",
    "AveragePool",
    "BatchNorm",
    "Chain",
    "Conv",
    "Count",
    "Depthwise",
    "Gelu",
    "GlobalMean",
    "Head",
    "HeadOp",
    "InputSpec",
    "LayerNorm",
    "Linear",
    "Op",
    "Residual",
    "Shape",
    "SqueezeExcite",
    "UniformAttention",
    "input_spec",
]
