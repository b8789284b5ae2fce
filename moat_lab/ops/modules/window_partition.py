"""Maps cut into windows: blocks of pixels, blocks moved by a shift, or the pixels of a dilated grid."""

import torch
import torch.nn.functional as F

Sides = tuple[int, int]


def window_in_use(window: Sides | None, size: Sides) -> Sides:
    """(height, width) of the windows that a map is cut into: never larger than the map."""
    return size if window is None else (min(window[0], size[0]), min(window[1], size[1]))


def shift_in_use(shift: Sides | None, window: Sides, size: Sides) -> Sides:
    """How far windows are moved: not at all along a side that one window covers."""
    if shift is None:
        return (0, 0)
    return (shift[0] if window[0] < size[0] else 0, shift[1] if window[1] < size[1] else 0)


def is_divided(size: Sides, window: Sides) -> bool:
    """Whether windows cover the map without padding."""
    return size[0] % window[0] == 0 and size[1] % window[1] == 0


def padded(x: torch.Tensor, window: Sides) -> torch.Tensor:
    """(N, H, W, C) with zeros after H and W up to multiples of the window."""
    below, right = -x.shape[1] % window[0], -x.shape[2] % window[1]
    return F.pad(x, (0, 0, 0, right, 0, below)) if below + right > 0 else x


def rolled(x: torch.Tensor, shift: Sides) -> torch.Tensor:
    """(N, H, W, C) with the first rows and columns brought round behind the last."""
    return torch.roll(x, [-shift[0], -shift[1]], [1, 2]) if shift != (0, 0) else x


def cells(x: torch.Tensor, window: Sides, dilated: bool) -> torch.Tensor:
    """(N, H, W, ...) -> (N, rows, columns, height, width, ...) of windows: a view."""
    rows, columns = x.shape[1] // window[0], x.shape[2] // window[1]
    if dilated:
        x = x.unflatten(2, (window[1], columns)).unflatten(1, (window[0], rows))
        return torch.movedim(x, [2, 4, 1, 3], [1, 2, 3, 4])
    x = x.unflatten(2, (columns, window[1])).unflatten(1, (rows, window[0]))
    return x.transpose(2, 3)


def uncut(x: torch.Tensor, dilated: bool) -> torch.Tensor:
    """(N, rows, columns, height, width, ...) -> (N, H, W, ...): the inverse of `cells`."""
    x = torch.movedim(x, [1, 2, 3, 4], [2, 4, 1, 3]) if dilated else x.transpose(2, 3)
    return x.flatten(3, 4).flatten(1, 2)


def split(x: torch.Tensor, window: Sides, dilated: bool) -> torch.Tensor:
    """(N, H, W, C) -> (N x windows, tokens, C)."""
    return cells(x, window, dilated).flatten(3, 4).flatten(0, 2)


def joined(tokens: torch.Tensor, size: Sides, window: Sides, dilated: bool) -> torch.Tensor:
    """(N x windows, tokens, C) -> (N, H, W, C): the inverse of `split` after `padded`."""
    return joined_padded(tokens, size, window, dilated)[:, : size[0], : size[1]]


def joined_padded(tokens: torch.Tensor, size: Sides, window: Sides, dilated: bool) -> torch.Tensor:
    """The same with the padding."""
    rows, columns = -(-size[0] // window[0]), -(-size[1] // window[1])
    x: torch.Tensor = tokens.unflatten(1, window).unflatten(0, (-1, rows, columns))
    return uncut(x, dilated)


def split_heads(x: torch.Tensor, heads: int, window: Sides, dilated: bool) -> torch.Tensor:
    """(N, H, W, C) -> (N, windows x heads, tokens, C / heads)."""
    x = cells(x.unflatten(3, (heads, -1)), window, dilated)
    return x.movedim(5, 3).flatten(4, 5).flatten(1, 3)


def joined_heads(tokens: torch.Tensor, heads: int, size: Sides, window: Sides, dilated: bool) -> torch.Tensor:
    """(N, windows x heads, tokens, C / heads) -> (N, H, W, C) with the padding: undoes `split_heads`."""
    rows, columns = -(-size[0] // window[0]), -(-size[1] // window[1])
    x: torch.Tensor = tokens.unflatten(2, window).unflatten(1, (rows, columns, heads))
    return uncut(x.movedim(3, 5), dilated).flatten(3)


def region_mask(size: Sides, window: Sides, dilated: bool, shift: Sides, like: torch.Tensor) -> torch.Tensor:
    """(windows, 1, tokens, tokens): zero where two pixels of a window see each other, else minus infinity.

    A region of a window is its padding, or what the shift brings round: rows, columns, or both. Padding sees
    itself, so that no row is all minus infinity.

    Source: Liu et al. 2021, arXiv 2103.14030, section 3.2, "efficient batch computation".
    """
    rows = (torch.arange(size[0], device=like.device) < shift[0]).to(like.dtype)
    columns = (torch.arange(size[1], device=like.device) < shift[1]).to(like.dtype)
    regions = (1 + rows[:, None] + 2 * columns)[None, :, :, None]
    of = split(rolled(padded(regions, window), shift), window, dilated).squeeze(-1)
    apart = of[:, :, None] != of[:, None, :]
    return torch.zeros_like(apart, dtype=like.dtype).masked_fill(apart, float("-inf")).unsqueeze(1)
