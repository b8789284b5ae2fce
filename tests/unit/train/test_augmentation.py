"""Augmentation is drawn from the generator that is given, and from nothing else."""

from hashlib import sha256

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from timm.loss import LabelSmoothingCrossEntropy, SoftTargetCrossEntropy
from torchvision.transforms import v2

from moat_lab.train import Augmentation, Recipe, evaluate
from moat_lab.train.augmentation import augmented, cropped, mixed, scaled
from moat_lab.train.augmentation_draws import crops, frames, mix_seed
from moat_lab.train.randaugment import CHANGES

IMAGES = torch.arange(6 * 3 * 10 * 12, dtype=torch.uint8).reshape(6, 3, 10, 12)
EVERY = Augmentation(crop=0.3, shift=2, flip=True, randaugment=9, erase=0.3)
RECIPE = Recipe(
    data="digits",
    resolution=16,
    train=60,
    val=40,
    epochs=3,
    batch=20,
    learning_rate=0.01,
    label_smoothing=0.1,
    clip_grad=1.0,
    ema=0.5,
    curve_points=3,
    augmentation=Augmentation(shift=2, flip=True, erase=0.5),
)


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def test_images_are_augmented_as_in_the_first_release():
    how = Augmentation(shift=2, flip=True, erase=0.5)
    made = augmented(IMAGES, how, seeded(3)).contiguous()
    assert sha256(made.numpy().tobytes()).hexdigest()[:16] == "94ac1b035d1e7800"


def test_a_training_goes_as_in_the_first_release():
    done = evaluate("stem(8) | 1x mbconv+attn(head=8) @8 for 16px", RECIPE, 0)
    losses = [point.train_loss for point in done.curve]
    assert losses == pytest.approx([2.62529254, 2.42798162, 2.43310046], rel=1e-4)


def test_a_seed_gives_equal_images_whatever_the_global_generator_did_and_leaves_it():
    torch.manual_seed(1)
    first = augmented(IMAGES, EVERY, seeded())
    before = torch.random.get_rng_state()
    again = augmented(IMAGES, EVERY, seeded())
    assert torch.equal(first, again)
    assert torch.equal(torch.random.get_rng_state(), before)
    assert not torch.equal(first, augmented(IMAGES, EVERY, seeded(1)))
    assert (first.dtype, first.shape) == (torch.uint8, IMAGES.shape)


def test_crops_keep_the_area_that_was_asked_for_and_stay_inside():
    height, width, down, right = crops(2000, 0.25, seeded())
    area, ratio = height * width, width / height
    assert 0.2 < area.min() < 0.3 < 0.9 < area.max() <= 1
    assert ratio[area < 0.5].min() > 0.749
    assert ratio[area < 0.5].max() < 1.334
    for side, place in ((height, down), (width, right)):
        assert (place.abs() + side).max() <= 1.0001
        assert place.min() < -0.4 < 0.4 < place.max()


def test_a_crop_of_a_quarter_shows_that_quarter_in_full_size():
    image = torch.tensor([[10, 20], [30, 40]], dtype=torch.uint8).repeat_interleave(4, 0)
    image = image.repeat_interleave(4, 1)[None, None]
    quarter = torch.tensor([[0.5], [0.5], [-0.5], [0.5]])  # above, right
    assert cropped(image, quarter)[0, 0, :-1, 1:].unique().tolist() == [20]
    whole = torch.tensor([[1.0], [1.0], [0.0], [0.0]])
    assert torch.equal(cropped(image, whole), image)


def test_a_frame_shows_a_larger_image_in_part_and_all_of_a_smaller_one():
    seen, _, down, right = frames(1000, (0.5, 2.0), torch.Generator().manual_seed(0))
    assert (float(seen.min()), float(seen.max())) == pytest.approx((0.5, 2), abs=0.01)
    assert float((1 / seen).mean()) == pytest.approx(1.25, abs=0.05)
    assert bool((down.abs() <= (1 - seen).abs()).all())
    assert float(right.min()) < -0.7
    assert float(right.max()) > 0.7


def test_a_board_of_single_pixels_shrinks_to_grey_in_black():
    board = ((torch.arange(32)[:, None] + torch.arange(32)) % 2 * 200).to(torch.uint8)
    quarter_at_the_left_top = torch.tensor([[4.0], [4], [3], [3]])
    (small,) = scaled(board[None, None], quarter_at_the_left_top, 0.25)[0]
    assert int((small[:8, :8].int() - 100).abs().max()) <= 1  # one at the borders, where the filter is cut
    assert int(small[8:].sum() + small[:, 8:].sum()) == 0


@pytest.mark.parametrize("name", list(v2.RandAugment._AUGMENTATION_SPACE))
@pytest.mark.parametrize("magnitude", [4, 9, 30])
def test_operations_are_those_of_torchvision(name, magnitude):
    theirs = v2.RandAugment(magnitude=magnitude)
    amounts, signed = theirs._AUGMENTATION_SPACE[name]
    images = torch.randint(0, 256, (2, 3, 20, 30), dtype=torch.uint8, generator=seeded())
    values = amounts(31, 20, 30)
    amount = 0.0 if values is None else float(values[magnitude])
    for sign in (1, -1):
        expected = theirs._apply_image_or_video_transform(
            images, name, sign * amount if signed else amount, theirs.interpolation, theirs._fill
        )
        off = CHANGES[name](images, sign * magnitude / 30).int() - expected.int()
        assert off.abs().max() <= 1  # torchvision's magnitudes are rounded to 32 bits
        assert (off != 0).float().mean() < 0.01


@pytest.mark.parametrize("channels", [1, 3])
def test_images_of_a_batch_are_changed_each_on_its_own(channels):
    one = torch.randint(0, 256, (1, channels, 16, 16), dtype=torch.uint8, generator=seeded())
    how = Augmentation(randaugment=9)
    changed = augmented(one.repeat(200, 1, 1, 1), how, seeded())
    assert len(torch.unique(changed, dim=0)) > 50
    assert torch.equal(changed, augmented(one.repeat(200, 1, 1, 1), how, seeded()))


def mixed_by(images, labels, how, classes, seed=0):
    return mixed(images, labels, how, classes, mix_seed(how, seeded(seed)))


def test_mixup_mixes_labels_as_much_as_images():
    images = torch.eye(4)[:, :, None, None].repeat(1, 1, 5, 5)  # image i is white in channel i
    made, shares = mixed_by(images, torch.arange(4), Augmentation(mixup=1.0), 4)
    assert shares[0, 0] == pytest.approx(1 - shares[0, 3].item())
    assert 0 < shares[0, 0] < 1
    assert torch.allclose(made.mean(dim=(2, 3)), shares)


def test_cutmix_pastes_the_share_that_the_labels_have():
    images = torch.eye(4)[:, :, None, None].repeat(1, 1, 20, 20)
    made, shares = mixed_by(images, torch.arange(4), Augmentation(cutmix=1.0), 4, seed=2)
    assert set(made.unique().tolist()) == {0, 1}
    assert 0 < shares[0, 3] < 1
    assert torch.allclose(made.mean(dim=(2, 3)), shares)


def test_mixing_leaves_numpys_generator_and_depends_on_the_given_one():
    np.random.seed(5)
    before = np.random.get_state()[1].copy()
    how, labels = Augmentation(mixup=0.2, cutmix=1.0), torch.arange(4)
    first, again, other = (mixed_by(IMAGES[:4].float(), labels, how, 4, seed)[1] for seed in (0, 0, 1))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
    assert np.array_equal(np.random.get_state()[1], before)


def test_smoothing_of_mixed_labels_is_timms():
    scores, labels = torch.randn(4, 6, generator=seeded()), torch.tensor([0, 5, 2, 2])
    _, shares = mixed_by(torch.zeros(4, 1, 2, 2), labels, Augmentation(mixup=1.0), 6)
    smoothed = shares * 0.9 + 0.1 / 6
    ours = F.cross_entropy(scores, shares, label_smoothing=0.1)
    assert ours.item() == pytest.approx(SoftTargetCrossEntropy()(scores, smoothed).item(), rel=1e-6)
    plain = F.cross_entropy(scores, labels, label_smoothing=0.1)
    assert plain.item() == pytest.approx(LabelSmoothingCrossEntropy(0.1)(scores, labels).item(), rel=1e-6)


def test_everything_at_once_trains_and_gives_equal_bits_again():
    how = EVERY.model_copy(update={"mixup": 0.2, "cutmix": 1.0})
    recipe = RECIPE.model_copy(update={"augmentation": how, "epochs": 1, "curve_points": 1})
    first, again = (evaluate("stem(4) | 1x mbconv @4 for 16px", recipe, 0) for _ in range(2))
    assert first.status == "ok"
    assert first.curve == again.curve
