"""Self-attention over the pixels of a map."""

import math

import torch
import torch.nn.functional as F
from torch import nn
from torch.fx import wrap

from moat_lab.ops.modules.tracing import for_converters, known_equal, number
from moat_lab.ops.modules.window_partition import (
    Sides,
    is_divided,
    joined,
    joined_heads,
    joined_padded,
    padded,
    region_mask,
    rolled,
    shift_in_use,
    split,
    split_heads,
    window_in_use,
)

wrap("attended_windows")

TABLE = "relative_position"
"""What the name of a position table ends with."""


class MultiHeadAttention(nn.Module):
    """(N, C, H, W) -> (N, C, H, W): every pixel attends to the pixels of its window.

    Source: Vaswani et al. 2017, arXiv 1706.03762; learned 2-D relative positions per head as in
    CoAtNet, Dai et al. 2021, arXiv 2106.04803.
    """

    def __init__(
        self,
        width: int,
        *,
        head: int,
        window: Sides | None,
        dilated: bool,
        shift: Sides | None,
        table: Sides | None,
    ) -> None:
        super().__init__()
        self.heads, self.head = width // head, head
        self.window, self.dilated, self.shift = window, dilated, shift
        self.qkv = nn.Linear(width, 3 * width)
        self.out = nn.Linear(width, width)
        self.relative_position: nn.Parameter | None = None
        if table is not None:
            height, across = table
            self.relative_position = nn.Parameter(torch.empty(self.heads, 2 * height - 1, 2 * across - 1))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        qkv = self.qkv(x.permute(0, 2, 3, 1))
        attended = attended_windows(
            qkv, self.relative_position, self.heads, self.window, self.dilated, self.shift
        )
        out: torch.Tensor = self.out(attended)
        return out.permute(0, 3, 1, 2)

    def extra_repr(self) -> str:
        return f"heads={self.heads}, window={self.window}, dilated={self.dilated}, shift={self.shift}"


def attended_windows(
    qkv: torch.Tensor,
    table: torch.Tensor | None,
    heads: int,
    window: Sides | None,
    dilated: bool,
    shift: Sides | None,
) -> torch.Tensor:
    """(N, H, W, 3C), queries, keys and values, -> (N, H, W, C); tracing by torch.fx takes it as one step."""
    size = (number(qkv.shape[1]), number(qkv.shape[2]))
    used = window_in_use(window, size)
    moved = shift_in_use(shift, used, size)
    bias = None if table is None else relative_bias(table, used).to(qkv.dtype)
    if moved != (0, 0) or not is_divided(size, used):
        return attended_regions(qkv, bias, heads, used, dilated, moved)
    tokens = qkv.flatten(1, 2) if window is None else split(qkv, used, dilated)
    q, k, v = tokens.unflatten(-1, (3, heads, -1)).permute(2, 0, 3, 1, 4).unbind(0)
    attended = attended_tokens(q, k, v, bias)
    return joined(attended.transpose(1, 2).flatten(2), size, used, dilated)


def attended_regions(
    qkv: torch.Tensor, bias: torch.Tensor | None, heads: int, window: Sides, dilated: bool, shift: Sides
) -> torch.Tensor:
    """As `attended_windows`, where some pixels of a window do not see each other: one mask for all images."""
    size = (number(qkv.shape[1]), number(qkv.shape[2]))
    mask = region_mask(size, window, dilated, shift, qkv)
    mask = mask if bias is None else bias + mask
    if mask.requires_grad and mask.device.type == "cpu":
        whole = windows_beside_images(qkv, mask, heads, window, dilated, shift)
    else:
        whole = windows_beside_heads(qkv, mask, heads, window, dilated, shift)
    return rolled(whole, (-shift[0], -shift[1]))[:, : size[0], : size[1]]


def windows_beside_heads(
    qkv: torch.Tensor, mask: torch.Tensor, heads: int, window: Sides, dilated: bool, shift: Sides
) -> torch.Tensor:
    """Whole windows, padding included, in four dimensions (N, windows x heads, ...), as fused kernels ask."""
    q, k, v = [
        split_heads(rolled(padded(part, window), shift), heads, window, dilated)
        for part in qkv.chunk(3, dim=-1)
    ]
    mask = mask.expand(-1, heads, -1, -1).flatten(0, 1).unsqueeze(0)
    attended = F.scaled_dot_product_attention(q, k, v, attn_mask=mask)
    return joined_heads(attended, heads, (qkv.shape[1], qkv.shape[2]), window, dilated)


def windows_beside_images(
    qkv: torch.Tensor, mask: torch.Tensor, heads: int, window: Sides, dilated: bool, shift: Sides
) -> torch.Tensor:
    """The same in five dimensions, (N, windows, heads, ...), for a CPU, which has no fused kernel with the
    gradient of a mask. The numbers are those of a mask for each image to the last bit.
    """
    tokens = split(rolled(padded(qkv, window), shift), window, dilated)
    tokens = tokens.unflatten(0, (qkv.shape[0], mask.shape[0]))
    q, k, v = tokens.unflatten(-1, (3, heads, -1)).permute(3, 0, 1, 4, 2, 5).unbind(0)
    attended = attended_tokens(q, k, v, mask).transpose(2, 3)
    return joined_padded(attended.flatten(3).flatten(0, 1), (qkv.shape[1], qkv.shape[2]), window, dilated)


def attended_tokens(
    q: torch.Tensor, k: torch.Tensor, v: torch.Tensor, mask: torch.Tensor | None
) -> torch.Tensor:
    """(..., tokens, D) each -> (..., tokens, D), every token attending to those that the mask lets it see.

    On a CPU torch has no fused kernel for these masks, and its separate steps look for rows that see nothing,
    of which there are none here. Without that look the numbers and gradients are the same to the last bit, in
    about two thirds of the time.
    """
    if mask is None or q.device.type != "cpu" or q.dtype != torch.float32 or for_converters():
        return F.scaled_dot_product_attention(q, k, v, attn_mask=mask)
    scale = math.sqrt(1 / math.sqrt(q.shape[-1]))
    weights = ((q * scale) @ (k * scale).transpose(-2, -1)).add_(mask).softmax(dim=-1)
    return weights @ v


def relative_bias(table: torch.Tensor, window: Sides) -> torch.Tensor:
    """(heads, 2H-1, 2W-1) -> (heads, tokens, tokens) for the window, resized where it is another.

    Entry [q, k] is the table's value at key minus query position.
    """
    table = resized(table, (2 * window[0] - 1, 2 * window[1] - 1))
    return bias_by_padding(table, window) if for_converters() else bias_by_sliding(table, window)


def resized(table: torch.Tensor, sides: Sides) -> torch.Tensor:
    """(heads, H, W) -> (heads, *sides), bilinear."""
    if known_equal(table.shape[1], sides[0]) and known_equal(table.shape[2], sides[1]):
        return table
    return F.interpolate(table[None], sides, mode="bilinear", align_corners=False)[0]


def bias_by_sliding(table: torch.Tensor, window: Sides) -> torch.Tensor:
    """A window of the table slides over it once per query: the faster form on a CPU, forward and backward."""
    slid = table.unfold(1, window[0], 1).unfold(2, window[1], 1).flip(1, 2)
    return slid.reshape(table.shape[0], window[0] * window[1], window[0] * window[1])


def bias_by_padding(table: torch.Tensor, window: Sides) -> torch.Tensor:
    """The same values from padding and reshaping alone, which every converter knows, in ranks up to 5.

    Its gradient has other bits, as it sums in another order.
    """
    heads, height, width = table.shape[0], window[0], window[1]
    rows = skewed(table.transpose(1, 2).flatten(0, 1), height).unflatten(0, (heads, 2 * width - 1))
    both = skewed(rows.permute(0, 2, 3, 1).flatten(0, 2), width).unflatten(0, (heads, height, height))
    bias: torch.Tensor = both.transpose(2, 3).reshape(heads, height * width, height * width)
    return bias


def skewed(values: torch.Tensor, side: int) -> torch.Tensor:
    """(N, 2 side - 1) -> (N, side, side): entry [q, k] is the value at k - q + side - 1.

    Copies of a row, each padded by one, are read in rows without: each starts one value further left.
    """
    length = 2 * side - 1
    copies = F.pad(values, (0, 1)).unsqueeze(1).expand(-1, side, -1)
    rows: torch.Tensor = copies.flatten(1)[:, : side * length].unflatten(1, (side, length))
    return rows[:, :, side - 1 :]
