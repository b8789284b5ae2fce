"""Cut-outs in the sizes that are asked for."""

import numpy as np

from moat_lab.data.scenery.cutouts import CutOuts, resized, trimmed


def square(alpha: int, colour: int = 200, side: int = 8):
    return np.full((side, side, 4), (colour, colour, colour, alpha), dtype=np.uint8)


def laid_over(ground: int, cut) -> np.ndarray:
    return (cut.clear * np.uint16(ground) + cut.light) >> 8


def test_what_is_opaque_covers_the_ground_with_its_own_colour():
    cut = resized(trimmed(square(255)), 4, 3)
    assert laid_over(10, cut).tolist() == np.full((3, 4, 4), 200).tolist()
    assert cut.mask.all()


def test_what_is_half_transparent_or_faded_lies_half_way():
    cut = resized(trimmed(square(128)), 4, 3)
    assert abs(int(laid_over(100, cut)[0, 0, 0]) - 150) <= 1
    faded = resized(trimmed(square(255)), 4, 3).faded(128)
    assert abs(int(laid_over(100, faded)[0, 0, 0]) - 150) <= 1
    assert not faded.faded(100).mask.any()


def test_no_sum_leaves_16_bits():
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 4), dtype=np.uint8)
    for side in (5, 12, 64, 100):
        opaque = resized(trimmed(noise), side, 3)
        for cut in (opaque, *map(opaque.faded, (1, 77, 128, 254))):
            most = cut.clear.astype(np.int64) * 255 + cut.light
            assert most.max() <= 65535


def test_what_is_not_seen_is_cut_off_and_the_rest_stays_in_the_middle():
    pixels = np.zeros((10, 10, 4), dtype=np.uint8)
    pixels[2:8, 4:6] = (90, 60, 30, 255)
    cut = trimmed(pixels)
    assert cut.shape == (6, 6, 4)
    assert np.flatnonzero(cut[0, :, 3]).tolist() == [2, 3]
    assert cut[0, 2].tolist() == [90, 60, 30, 255]


def test_a_size_is_made_once_and_grey_cut_outs_have_one_channel():
    cutouts = CutOuts(squares=[trimmed(square(255))], kinds=np.array([0]), names=("one",), channels=1)
    assert cutouts.sized(0, 5) is cutouts.sized(0, 5)
    assert cutouts.sized(0, 5).light.shape == (1, 5, 5)


def test_it_is_known_where_each_kind_begins():
    kinds = np.array([0, 0, 1, 1, 1, 2])
    cutouts = CutOuts(squares=[square(255)] * 6, kinds=kinds, names=("a", "b", "c"))
    assert cutouts.first.tolist() == [0, 2, 5, 6]
