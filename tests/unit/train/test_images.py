import numpy as np
import pytest
import torch

from moat_lab.data import dataset, split
from moat_lab.train.augmentation import augmented, erased, shifted
from moat_lab.train.batches import validation_batch
from moat_lab.train.images import load_images, load_test
from moat_lab.train.recipe import Augmentation, Recipe
from moat_lab.train.recipe_checks import size_of_test

RECIPE = Recipe(data="digits", resolution=16, train=60, val=40, epochs=1, batch=20, learning_rate=0.001)


def test_a_move_brings_black_in():
    image = torch.tensor([[[[1, 2], [3, 4]]]], dtype=torch.uint8)
    moved = shifted(image.repeat(4, 1, 1, 1), torch.tensor([[0, 1, 0, -1], [0, 0, 1, -1]]))
    assert moved[:, 0].tolist() == [
        [[1, 2], [3, 4]],
        [[0, 0], [1, 2]],
        [[0, 1], [0, 3]],
        [[4, 0], [0, 0]],
    ]


def test_half_of_the_images_are_flipped_each_as_a_whole():
    images = torch.arange(2, dtype=torch.uint8).repeat(1000, 3, 2, 1)
    flipped = augmented(images, Augmentation(flip=True), torch.Generator().manual_seed(0))
    first = flipped[:, 0, 0, 0].float()
    assert 0.45 < first.mean() < 0.55
    assert torch.equal(flipped[:, :, :, 0], flipped[:, :1, :1, 0].expand(-1, 3, 2))


def test_an_erased_square_is_black_and_inside_the_rest_nothing_changes():
    images = torch.full((500, 1, 8, 8), 9, dtype=torch.uint8)
    middles = torch.randint(0, 8, (2, 500), generator=torch.Generator().manual_seed(0))
    black = (erased(images, 0.5, middles) == 0).sum(dim=(1, 2, 3))
    assert black.max() == 9  # |distance| * 2 < 4: three pixels on a side
    assert black.min() == 4  # at a corner


def test_without_augmentation_images_stay_as_they_are():
    images = torch.randint(0, 256, (4, 1, 5, 5), dtype=torch.uint8)
    assert augmented(images, Augmentation(), torch.Generator()) is images


def test_the_test_split_is_all_that_is_neither_train_nor_val_normalised_as_train_is():
    train, val = load_images(RECIPE, "cpu")
    test = load_test(RECIPE, train, "cpu")
    parts = [{image.numpy().tobytes() for image in split.images} for split in (train, val, test)]
    everything = {image.tobytes() for image in dataset("digits").images(16)[0]}
    assert len(test.labels) == size_of_test(RECIPE) == 1697
    assert parts[2] == everything - parts[0] - parts[1]
    assert torch.equal(test.mean, train.mean)


def test_the_train_split_is_normalised_and_val_by_the_same_numbers():
    train, val = load_images(RECIPE, "cpu")
    scaled = train.normalised(train.images)
    assert scaled.mean().item() == pytest.approx(0, abs=1e-5)
    assert scaled.std().item() == pytest.approx(1, abs=1e-5)
    assert torch.equal(val.mean, train.mean)


def test_the_splits_hold_the_images_that_the_data_room_says():
    images, labels = dataset("digits").images(16)
    parts = split(labels, train=60, val=40, seed=0)
    train, val = load_images(RECIPE, "cpu")
    assert np.array_equal(train.images.numpy(), images[parts.train])
    assert np.array_equal(val.labels.numpy(), labels[parts.val])


def test_an_epoch_shows_every_image_once_in_an_order_of_the_generator():
    train, _ = load_images(RECIPE, "cpu")
    labels = [
        torch.cat([y for _, y in train.batches(20, Augmentation(), torch.Generator().manual_seed(seed))])
        for seed in (0, 0, 1)
    ]
    assert torch.equal(labels[0], labels[1])
    assert not torch.equal(labels[0], labels[2])
    assert torch.equal(labels[0].sort().values, train.labels.sort().values)


@pytest.mark.parametrize(("layout", "expected"), [("channels_last", True), ("contiguous", False)])
def test_batches_have_the_layout_of_the_recipe(layout, expected):
    train, _ = load_images(RECIPE.model_copy(update={"memory_format": layout}), "cpu")
    three = train.images.repeat(1, 3, 1, 1)
    assert train.normalised(three).is_contiguous(memory_format=torch.channels_last) is expected


@pytest.mark.parametrize(
    ("resolution", "batch", "expected"),
    [
        (16, 20, 500),
        (32, 20, 500),
        (64, 20, 125),
        (224, 4, 10),
        (224, 60, 60),
        (224, 1024, 500),
        (1500, 1, 1),
    ],
)
def test_a_validation_is_bounded_by_pixels_or_by_the_batch_of_the_training(resolution, batch, expected):
    recipe = RECIPE.model_copy(update={"resolution": resolution, "batch": batch})
    assert validation_batch(recipe) == expected


def test_val_is_validated_in_batches_of_the_recipe():
    _, val = load_images(RECIPE.model_copy(update={"resolution": 128}), "cpu")
    assert [len(y) for _, y in val.in_order()] == [31, 9]
    assert [len(y) for _, y in val.in_order(batch=25)] == [25, 15]
