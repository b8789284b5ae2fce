"""Self-attention over the pixels of a map."""

import torch
import torch.nn.functional as F
from torch import nn
from torch.fx import wrap

from moat_lab.ops.modules.tracing import for_converters, known_equal, number

wrap("attended_windows")

Sides = tuple[int, int]


class MultiHeadAttention(nn.Module):
    """(N, C, H, W) -> (N, C, H, W): every pixel attends to the pixels of its window.

    Source: Vaswani et al. 2017, arXiv 1706.03762; learned 2-D relative positions per head as in
    CoAtNet, Dai et al. 2021, arXiv 2106.04803.
    """

    def __init__(
        self, width: int, *, head: int, window: Sides | None, dilated: bool, table: Sides | None
    ) -> None:
        super().__init__()
        self.heads, self.head, self.window, self.dilated = width // head, head, window, dilated
        self.qkv = nn.Linear(width, 3 * width)
        self.out = nn.Linear(width, width)
        self.relative_position: nn.Parameter | None = None
        if table is not None:
            height, across = table
            self.relative_position = nn.Parameter(torch.empty(self.heads, 2 * height - 1, 2 * across - 1))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        qkv = self.qkv(x.permute(0, 2, 3, 1))
        attended = attended_windows(qkv, self.relative_position, self.heads, self.window, self.dilated)
        out: torch.Tensor = self.out(attended)
        return out.permute(0, 3, 1, 2)

    def extra_repr(self) -> str:
        return f"heads={self.heads}, window={self.window}, dilated={self.dilated}"


def attended_windows(
    qkv: torch.Tensor, table: torch.Tensor | None, heads: int, window: Sides | None, dilated: bool
) -> torch.Tensor:
    """(N, H, W, 3C), queries, keys and values, -> (N, H, W, C); tracing by torch.fx takes it as one step."""
    size = (number(qkv.shape[1]), number(qkv.shape[2]))
    used = in_use(window, size)
    tokens = qkv.flatten(1, 2) if window is None else split(padded(qkv, used), used, dilated)
    q, k, v = tokens.unflatten(-1, (3, heads, -1)).permute(2, 0, 3, 1, 4).unbind(0)
    attended = F.scaled_dot_product_attention(q, k, v, attn_mask=bias_and_mask(table, size, used, dilated, q))
    return joined(attended.transpose(1, 2).flatten(2), size, used, dilated)


def bias_and_mask(
    table: torch.Tensor | None, size: Sides, window: Sides, dilated: bool, q: torch.Tensor
) -> torch.Tensor | None:
    """What is added to the products of queries and keys; None if there is nothing to add."""
    bias = None if table is None else relative_bias(table, window).to(q.dtype)
    if size[0] % window[0] == 0 and size[1] % window[1] == 0:
        return bias
    mask = padding_mask(size, window, dilated, q)
    mask = mask if bias is None else bias + mask
    return mask.repeat(q.shape[0] // mask.shape[0], 1, 1, 1)


def in_use(window: Sides | None, size: Sides) -> Sides:
    """The window that attention runs over: never larger than the map."""
    return size if window is None else (min(window[0], size[0]), min(window[1], size[1]))


def padded(x: torch.Tensor, window: Sides) -> torch.Tensor:
    """(N, H, W, C) with zeros after H and W up to multiples of the window."""
    below, right = -x.shape[1] % window[0], -x.shape[2] % window[1]
    return F.pad(x, (0, 0, 0, right, 0, below)) if below + right > 0 else x


def split(x: torch.Tensor, window: Sides, dilated: bool) -> torch.Tensor:
    """(N, H, W, C) -> (N x windows, tokens, C)."""
    rows, columns = x.shape[1] // window[0], x.shape[2] // window[1]
    if dilated:
        x = x.unflatten(2, (window[1], columns)).unflatten(1, (window[0], rows)).permute(0, 2, 4, 1, 3, 5)
    else:
        x = x.unflatten(2, (columns, window[1])).unflatten(1, (rows, window[0])).permute(0, 1, 3, 2, 4, 5)
    return x.flatten(3, 4).flatten(0, 2)


def joined(tokens: torch.Tensor, size: Sides, window: Sides, dilated: bool) -> torch.Tensor:
    """(N x windows, tokens, C) -> (N, H, W, C): the inverse of `split` after `padded`."""
    rows, columns = -(-size[0] // window[0]), -(-size[1] // window[1])
    x: torch.Tensor = tokens.unflatten(1, window).unflatten(0, (-1, rows, columns))
    x = x.permute(0, 3, 1, 4, 2, 5) if dilated else x.permute(0, 1, 3, 2, 4, 5)
    x = x.flatten(3, 4).flatten(1, 2)
    return x[:, : size[0], : size[1]]


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


def padding_mask(size: Sides, window: Sides, dilated: bool, like: torch.Tensor) -> torch.Tensor:
    """(windows, 1, 1, tokens): zero for pixels of the map, minus infinity for those of its padding."""
    inside = padded(like.new_ones([1, size[0], size[1], 1]), window)
    pixels = split(inside, window, dilated).squeeze(-1)
    return torch.zeros_like(pixels).masked_fill(pixels == 0, float("-inf"))[:, None, None, :]
