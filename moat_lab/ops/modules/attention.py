"""Self-attention over the pixels of a map."""

import torch
import torch.nn.functional as F
from torch import nn

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
        x = x.permute(0, 2, 3, 1)
        size = (x.shape[1], x.shape[2])
        window = in_use(self.window, size)
        tokens = split(padded(self.qkv(x), window), window, dilated=self.dilated)
        q, k, v = tokens.unflatten(-1, (3, self.heads, self.head)).flatten(0, 1).permute(2, 0, 3, 1, 4)
        attended = F.scaled_dot_product_attention(q, k, v, attn_mask=self._bias(size, window, q))
        attended = attended.transpose(1, 2).flatten(2).unflatten(0, tokens.shape[:2])
        x = joined(attended, size, window, dilated=self.dilated)
        out: torch.Tensor = self.out(x)
        return out.permute(0, 3, 1, 2)

    def _bias(self, size: Sides, window: Sides, q: torch.Tensor) -> torch.Tensor | None:
        bias = None
        if self.relative_position is not None:
            bias = relative_bias(self.relative_position, window).to(q.dtype)
        if size[0] % window[0] == 0 and size[1] % window[1] == 0:
            return bias
        mask = padding_mask(size, window, dilated=self.dilated, like=q)
        mask = mask if bias is None else bias + mask
        return mask.repeat(q.shape[0] // mask.shape[0], 1, 1, 1)

    def extra_repr(self) -> str:
        return f"heads={self.heads}, window={self.window}, dilated={self.dilated}"


def in_use(window: Sides | None, size: Sides) -> Sides:
    """The window that attention runs over: never larger than the map."""
    return size if window is None else (min(window[0], size[0]), min(window[1], size[1]))


def padded(x: torch.Tensor, window: Sides) -> torch.Tensor:
    """(N, H, W, C) with zeros after H and W up to multiples of the window."""
    below, right = -x.shape[1] % window[0], -x.shape[2] % window[1]
    return F.pad(x, (0, 0, 0, right, 0, below)) if below or right else x


def split(x: torch.Tensor, window: Sides, *, dilated: bool) -> torch.Tensor:
    """(N, H, W, C) -> (N, windows, tokens, C)."""
    if (x.shape[1], x.shape[2]) == window:
        return x.flatten(1, 2).unsqueeze(1)
    rows, columns = x.shape[1] // window[0], x.shape[2] // window[1]
    if dilated:
        x = x.unflatten(2, (window[1], columns)).unflatten(1, (window[0], rows)).permute(0, 2, 4, 1, 3, 5)
    else:
        x = x.unflatten(2, (columns, window[1])).unflatten(1, (rows, window[0])).permute(0, 1, 3, 2, 4, 5)
    return x.flatten(3, 4).flatten(1, 2)


def joined(tokens: torch.Tensor, size: Sides, window: Sides, *, dilated: bool) -> torch.Tensor:
    """(N, windows, tokens, C) -> (N, H, W, C): the inverse of `split` after `padded`."""
    rows, columns = -(-size[0] // window[0]), -(-size[1] // window[1])
    x: torch.Tensor = tokens.unflatten(2, window).unflatten(1, (rows, columns))
    x = x.permute(0, 3, 1, 4, 2, 5) if dilated else x.permute(0, 1, 3, 2, 4, 5)
    x = x.flatten(3, 4).flatten(1, 2)
    return x[:, : size[0], : size[1]]


def relative_bias(table: torch.Tensor, window: Sides) -> torch.Tensor:
    """(heads, 2H-1, 2W-1) -> (heads, tokens, tokens) for the window, resized where it is another.

    Entry [q, k] is the table's value at key minus query position. A window of the table slides over
    it once per query, so no index is kept.
    """
    height, width = window
    steps = (2 * height - 1, 2 * width - 1)
    if tuple(table.shape[1:]) != steps:
        table = F.interpolate(table[None], steps, mode="bilinear", align_corners=False)[0]
    slid = table.unfold(1, height, 1).unfold(2, width, 1).flip(1, 2)
    return slid.reshape(table.shape[0], height * width, height * width)


def padding_mask(size: Sides, window: Sides, *, dilated: bool, like: torch.Tensor) -> torch.Tensor:
    """(windows, 1, 1, tokens): zero for pixels of the map, minus infinity for those of its padding."""
    inside = padded(like.new_ones(1, *size, 1), window)
    kept = split(inside, window, dilated=dilated).squeeze(-1)[0]
    return torch.zeros_like(kept).masked_fill(kept == 0, float("-inf"))[:, None, None, :]
