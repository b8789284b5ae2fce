"""Attention against a loop over pixels that follows the definition."""

from math import floor

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch.utils._python_dispatch import TorchDispatchMode

from moat_lab.ops import Attention, Count, Shape
from moat_lab.ops.modules.attention import attended_tokens, bias_by_padding, bias_by_sliding
from moat_lab.ops.modules.window_partition import region_mask

WIDTH, HEAD = 8, 4


def built(op: Attention, seed: int = 0) -> torch.nn.Module:
    torch.manual_seed(seed)
    module = op.build(Shape(WIDTH, 1, 1)).double()
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.normal_()
    return module


def images(height: int, width: int, batch: int = 2) -> torch.Tensor:
    return torch.randn(batch, WIDTH, height, width, dtype=torch.float64, generator=torch.manual_seed(1))


def by_the_definition(module: torch.nn.Module, op: Attention, image: np.ndarray) -> np.ndarray:
    """(C, H, W): every pixel asks the pixels of its window, one after the other."""
    _, height, width = image.shape
    window = op.window or (height, width)
    window = (min(window[0], height), min(window[1], width))
    qkv = np.einsum("oc,chw->ohw", array(module.qkv.weight), image) + array(module.qkv.bias)[:, None, None]
    q, k, v = qkv.reshape(3, WIDTH // HEAD, HEAD, height, width)
    table = None if op.table is None else resized(array(module.relative_position), window)
    attended = np.zeros_like(image).reshape(WIDTH // HEAD, HEAD, height, width)
    pixels = [(y, x) for y in range(height) for x in range(width)]
    for y, x in pixels:
        home, here = place(op, (y, x), (height, width), window)
        keys = [p for p in pixels if place(op, p, (height, width), window)[0] == home]
        for head in range(WIDTH // HEAD):
            scores = np.array([q[head, :, y, x] @ k[head, :, *key] / np.sqrt(HEAD) for key in keys])
            if table is not None:
                theirs = [place(op, key, (height, width), window)[1] for key in keys]
                scores += [
                    table[head, window[0] - 1 + there[0] - here[0], window[1] - 1 + there[1] - here[1]]
                    for there in theirs
                ]
            shares = np.exp(scores - scores.max())
            shares /= shares.sum()
            attended[head, :, y, x] = sum(s * v[head, :, *key] for s, key in zip(shares, keys, strict=True))
    attended = attended.reshape(WIDTH, height, width)
    return (
        np.einsum("oc,chw->ohw", array(module.out.weight), attended) + array(module.out.bias)[:, None, None]
    )


def place(op: Attention, pixel: tuple[int, int], size: tuple[int, int], window: tuple[int, int]):
    """A pixel's window, and its place in it: blocks of pixels, or with `dilated` every n-th pixel.

    With a shift, the first block ends that many pixels from the border, where there is more than one.
    """
    if op.dilated:
        steps = [-(-side // sides) for side, sides in zip(size, window, strict=True)]
        return (pixel[0] % steps[0], pixel[1] % steps[1]), (pixel[0] // steps[0], pixel[1] // steps[1])
    shift = [s if w < side else 0 for s, w, side in zip(op.shift or (0, 0), window, size, strict=True)]
    y, x = pixel[0] - shift[0], pixel[1] - shift[1]
    return (y // window[0], x // window[1]), (y % window[0], x % window[1])


def resized(table: np.ndarray, window: tuple[int, int]) -> np.ndarray:
    """Bilinear between the centres of cells, as images are resized."""
    for axis, side in ((1, 2 * window[0] - 1), (2, 2 * window[1] - 1)):
        table = np.stack(
            [between(table, axis, (i + 0.5) * table.shape[axis] / side - 0.5) for i in range(side)], axis
        )
    return table


def between(table: np.ndarray, axis: int, at: float) -> np.ndarray:
    at = min(max(at, 0), table.shape[axis] - 1)
    low = floor(at)
    high = min(low + 1, table.shape[axis] - 1)
    return (1 - at + low) * table.take(low, axis) + (at - low) * table.take(high, axis)


def array(tensor: torch.Tensor) -> np.ndarray:
    return tensor.detach().numpy()


@pytest.mark.parametrize("dilated", [False, True])
@pytest.mark.parametrize("table", [None, (3, 2), (2, 4)])
@pytest.mark.parametrize(
    ("size", "window"),
    [
        ((6, 4), (3, 2)),
        ((7, 5), (3, 2)),
        ((5, 7), (4, 4)),
        ((4, 4), (3, 9)),
        ((2, 3), (7, 7)),
        ((1, 1), (3, 2)),
        ((1, 5), (2, 2)),
        ((4, 3), (1, 1)),
    ],
)
def test_windows_and_grids_are_their_definition(size, window, table, dilated):
    op = Attention(head=HEAD, window=window, table=table, dilated=dilated)
    module, x = built(op), images(*size)
    expected = np.stack([by_the_definition(module, op, image) for image in x.numpy()])
    assert np.abs(array(module(x)) - expected).max() < 1e-12


SHIFTED = [
    ((6, 4), (3, 2), (1, 1)),
    ((7, 5), (3, 2), (2, 1)),
    ((5, 7), (4, 4), (1, 3)),
    ((3, 9), (4, 4), (2, 2)),
    ((2, 3), (4, 4), (1, 1)),
    ((5, 5), (4, 2), (3, 1)),
]
"""Map, window and shift: with padding, without, and where a side is one window."""


@pytest.mark.parametrize("table", [None, (3, 2)])
@pytest.mark.parametrize(("size", "window", "shift"), SHIFTED)
@pytest.mark.parametrize("training", [True, False])
def test_shifted_windows_are_their_definition(size, window, shift, table, training):
    op = Attention(head=HEAD, window=window, shift=shift, table=table)
    module, x = built(op).requires_grad_(training), images(*size)
    expected = np.stack([by_the_definition(module, op, image) for image in x.numpy()])
    assert np.abs(array(module(x)) - expected).max() < 1e-12


def as_swin_does(module: torch.nn.Module, x: torch.Tensor, window: int, shift: int) -> torch.Tensor:
    """Attention of a square map that windows divide, by torch.roll and the mask of Liu et al. 2021."""
    n, _, side, _ = x.shape
    across = side // window

    def windows(maps: torch.Tensor) -> torch.Tensor:
        cut = maps.view(-1, across, window, across, window, maps.shape[-1]).permute(0, 1, 3, 2, 4, 5)
        return cut.reshape(-1, window * window, maps.shape[-1])

    numbers, count = torch.zeros(1, side, side, 1), 0
    slices = (slice(0, -window), slice(-window, -shift), slice(-shift, None))
    for rows in slices:
        for columns in slices:
            numbers[:, rows, columns] = count
            count += 1
    of = windows(numbers).squeeze(-1)
    mask = torch.where(of[:, None, :] == of[:, :, None], 0.0, -torch.inf).repeat(n, 1, 1).double()
    rolled = torch.roll(x.permute(0, 2, 3, 1), (-shift, -shift), (1, 2))
    heads = (WIDTH // HEAD, HEAD)
    q, k, v = (
        part.unflatten(-1, heads).transpose(1, 2) for part in module.qkv(windows(rolled)).split(WIDTH, -1)
    )
    shares = (q @ k.transpose(-2, -1) / HEAD**0.5 + mask[:, None]).softmax(-1)
    out = module.out((shares @ v).transpose(1, 2).flatten(2))
    out = out.view(n, across, across, window, window, WIDTH).permute(0, 1, 3, 2, 4, 5)
    out = torch.roll(out.reshape(n, side, side, WIDTH), (shift, shift), (1, 2))
    return out.permute(0, 3, 1, 2)


def test_shifted_windows_give_the_numbers_of_swins_roll_and_mask():
    module, x = built(Attention(head=HEAD, window=(4, 4), shift=(2, 2))), images(8, 8, batch=3)
    assert (module(x) - as_swin_does(module, x, window=4, shift=2)).abs().max() < 1e-12


@pytest.mark.parametrize("shift", [None, (1, 1)])
def test_one_mask_serves_all_images_and_every_kernel_gives_the_same(shift):
    op = Attention(head=HEAD, window=(3, 3), table=(3, 3), shift=shift)
    module, x = built(op), images(7, 5, batch=4)
    with_gradient, without = module(x), module.requires_grad_(False)(x)
    assert (with_gradient - without).abs().max() < 1e-12


@pytest.mark.parametrize("regions", [False, True], ids=["bias", "bias and regions"])
def test_on_a_cpu_attention_has_the_bits_of_torchs_own_and_so_have_its_gradients(regions):
    torch.manual_seed(0)
    mask = torch.randn(2, 16, 16)
    sides: tuple[int, ...] = (3, 2)
    if regions:
        mask = mask + region_mask((7, 8), (4, 4), False, (2, 2), mask)
        sides = (3, len(mask), 2)
    given = [torch.randn(*sides, 16, 8).requires_grad_() for _ in "qkv"] + [mask.requires_grad_()]
    found = []
    for attention in (attended_tokens, F.scaled_dot_product_attention):
        out = attention(*given)
        found.append([out, *torch.autograd.grad(out.sin().sum(), given)])
    assert all(torch.equal(ours, torchs) for ours, torchs in zip(*found, strict=True))


class Largest(TorchDispatchMode):
    """The most elements that a tensor with these last sides had."""

    def __init__(self, *sides: int) -> None:
        super().__init__()
        self.sides, self.elements = sides, 0

    def __torch_dispatch__(self, op, types, args=(), kwargs=None):
        out = op(*args, **(kwargs or {}))
        if isinstance(out, torch.Tensor) and out.shape[-len(self.sides) :] == self.sides:
            self.elements = max(self.elements, out.untyped_storage().nbytes() // out.element_size())
        return out


@pytest.mark.parametrize("batch", [1, 6])
@pytest.mark.parametrize("op", [{"shift": (1, 1)}, {}, {"dilated": True}], ids=str)
def test_a_mask_takes_memory_for_each_window_and_head_and_not_for_each_image(op, batch):
    module = Attention(head=HEAD, window=(3, 3), table=(3, 3), **op).build(Shape(WIDTH, 1, 1))
    windows, heads, tokens = 6, WIDTH // HEAD, 9
    with torch.no_grad(), Largest(tokens, tokens) as largest:
        module(images(7, 5, batch).float())
    assert largest.elements == windows * heads * tokens * tokens


def test_gradients_are_those_of_the_definition_where_windows_are_shifted_and_padded():
    module = built(Attention(head=HEAD, window=(3, 2), table=(3, 2), shift=(1, 1)))
    assert torch.autograd.gradcheck(module, images(4, 3, batch=1).requires_grad_())


@pytest.mark.parametrize("size", [(3, 2), (5, 4), (1, 1), (2, 6)])
@pytest.mark.parametrize("table", [None, (3, 2)])
def test_global_attention_is_its_definition_at_any_size(size, table):
    op = Attention(head=HEAD, table=table)
    module, x = built(op), images(*size)
    expected = np.stack([by_the_definition(module, op, image) for image in x.numpy()])
    assert np.abs(array(module(x)) - expected).max() < 1e-12


def looking_along_one_row(entry: int) -> list[float]:
    """Pixels 1, 2, 3 after attention by nothing but one large entry of the table."""
    module = Attention(head=1, table=(1, 3)).build(Shape(1, 1, 3))
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.zero_()
        module.qkv.weight[2] = module.out.weight[0] = 1
        module.relative_position[0, 0, entry] = 100
        return module(torch.tensor([[[[1.0, 2, 3]]]])).flatten().tolist()


def test_an_entry_of_the_table_belongs_to_key_minus_query():
    one_to_the_right, one_to_the_left, itself = 3, 1, 2
    assert looking_along_one_row(one_to_the_right) == pytest.approx([2, 3, 2])
    assert looking_along_one_row(one_to_the_left) == pytest.approx([2, 1, 2])
    assert looking_along_one_row(itself) == pytest.approx([1, 2, 3])


def test_a_window_larger_than_the_map_is_the_whole_map():
    large, everything = (Attention(head=HEAD, window=window, table=(3, 3)) for window in ((9, 9), None))
    x = images(3, 3)
    assert torch.equal(built(large)(x), built(everything)(x))


@pytest.mark.parametrize("dilated", [False, True])
def test_images_of_a_batch_do_not_see_each_other(dilated):
    module, x = (
        built(Attention(head=HEAD, window=(3, 3), table=(3, 3), dilated=dilated)),
        images(7, 4, batch=3),
    )
    alone = torch.cat([module(image[None]) for image in x])
    assert (module(x) - alone).abs().max() < 1e-12


def test_windows_do_not_see_each_other():
    module, x = built(Attention(head=HEAD, window=(2, 2))), images(4, 4)
    changed = x.clone()
    changed[:, :, 3, 3] += 1
    same = (module(x) == module(changed)).all(dim=1)[0]
    assert same.tolist() == [[True] * 4, [True] * 4, [True, True, False, False], [True, True, False, False]]


@pytest.mark.parametrize(
    ("op", "count"),
    [
        (Attention(head=4), Count(params=288, macs=6400 + 10000, activations=800 + 1250 + 200)),
        (
            Attention(head=4, window=(3, 3), table=(3, 3)),
            Count(params=288 + 50, macs=6400 + 5184, activations=800 + 648 + 288),
        ),
        (
            Attention(head=4, window=(3, 3), shift=(1, 2), table=(3, 3)),
            Count(params=288 + 50, macs=6400 + 5184, activations=800 + 648 + 288),
        ),
        (
            Attention(head=8, window=(9, 2), dilated=True, table=(2, 3)),
            Count(params=288 + 15, macs=6400 + 4800, activations=800 + 300 + 240),
        ),
    ],
)
def test_cost_on_eight_channels_of_five_by_five(op, count):
    assert op.count(Shape(8, 5, 5)) == count


@pytest.mark.parametrize("window", [(1, 1), (1, 7), (4, 4), (3, 5)])
def test_both_forms_of_relative_positions_have_the_same_bits(window):
    table = torch.randn(3, 2 * window[0] - 1, 2 * window[1] - 1)
    assert torch.equal(bias_by_padding(table, window), bias_by_sliding(table, window))


def test_the_padding_form_puts_key_minus_query_in_its_place():
    table = torch.tensor([[[10.0, 20, 30, 40, 50]]])
    assert bias_by_padding(table, (1, 3)).tolist() == [[[30, 40, 50], [20, 30, 40], [10, 20, 30]]]


@pytest.mark.parametrize("op", [Attention(head=HEAD, table=(3, 3)), Attention(head=HEAD, window=(2, 2))])
def test_a_batch_may_be_empty(op):
    assert built(op)(images(3, 3, batch=0)).shape == (0, WIDTH, 3, 3)
