"""A stream gives what images on the device give, and broken files change neither."""

import multiprocessing

import numpy as np
import pytest
import torch
from PIL import Image

from moat_lab.data import dataset
from moat_lab.errors import UserError
from moat_lab.train import Augmentation, Recipe, evaluate, resolved
from moat_lab.train.augmentation_draws import random_box
from moat_lab.train.batches import BatchShare
from moat_lab.train.images import load_images
from moat_lab.train.resident import Resident, replaced, resident_splits
from moat_lab.train.stream import Streamed, streamed_splits

SIZES = {"train": "all", "val": "all", "epochs": 2, "batch": 20, "resolution": 16}
NETWORK = "stem(4) | 1x mbconv @8 for 16px"


@pytest.fixture
def photos(tmp_path, monkeypatch):
    """48 images to train on and 12 of val in two classes, two broken: the class is how bright they are."""
    monkeypatch.setenv("MOAT_LAB_CACHE", str(tmp_path / "cache"))
    rng = np.random.default_rng(0)
    for part, each in (("train", 24), ("val", 6)):
        for level, name in ((60, "dark"), (190, "light")):
            folder = tmp_path / "photos" / part / name
            folder.mkdir(parents=True)
            for number in range(each):
                pixels = rng.integers(level - 50, level + 50, (24, 30, 3)).astype(np.uint8)
                Image.fromarray(pixels).save(folder / f"{number:02}.{'jpg' if number % 2 else 'png'}")
    (tmp_path / "photos/train/dark/05.jpg").write_bytes(b"")
    (tmp_path / "photos/val/light/02.png").write_text("no image")
    return f"imagefolder:{tmp_path / 'photos'}"


@pytest.fixture
def recipe(photos):
    return resolved(Recipe(data=photos, learning_rate=0.01, **SIZES))


@pytest.fixture
def both(recipe):
    source = dataset(recipe.data)
    return resident_splits(recipe, source, "cpu"), streamed_splits(recipe, source, "cpu")


def equal(first, second):
    pairs = list(zip(first, second, strict=True))
    return bool(pairs) and all(torch.equal(x, u) and torch.equal(y, v) for (x, y), (u, v) in pairs)


def test_all_is_as_many_images_as_a_part_has(recipe):
    assert (recipe.train, recipe.val, recipe.steps_per_epoch) == (48, 12, 2)


@pytest.mark.parametrize("how", [Augmentation(), Augmentation(shift=2, flip=True, erase=0.3)])
def test_a_stream_gives_the_batches_of_images_on_the_device(both, how):
    (train, _), (stream, _) = both
    orders = [torch.Generator().manual_seed(1) for _ in range(2)]
    for _ in range(2):  # the second epoch by the same processes
        assert equal(train.batches(20, how, orders[0]), stream.batches(20, how, orders[1]))
    assert torch.equal(orders[0].get_state(), orders[1].get_state())


def test_a_stream_leaves_torch_s_own_generator_as_it_is(both):
    before = torch.get_rng_state()
    list(both[1][0].batches(20, Augmentation(), torch.Generator()))
    assert torch.equal(torch.get_rng_state(), before)


def test_a_stream_that_was_left_begins_anew(both):
    (train, _), (stream, _) = both
    next(stream.batches(5, Augmentation(), torch.Generator().manual_seed(3)))
    order = [torch.Generator().manual_seed(4) for _ in range(2)]
    assert equal(train.batches(20, Augmentation(), order[0]), stream.batches(20, Augmentation(), order[1]))


def test_broken_images_are_left_out_of_val_and_counted(both, capsys):
    (_, val), (_, stream) = both
    assert equal(val.in_order(), stream.in_order())
    assert (len(val.labels), len(stream.labels)) == (11, 11)
    (skipped,) = stream.skipped.values()
    assert (skipped.name, skipped.reason) == ("val/light/02.png", "not an image")
    assert "skipped: val/light/02.png: not an image" in capsys.readouterr().err


def test_a_broken_image_of_train_is_the_next_whole_one():
    broken = np.array([3, 9])
    assert replaced(np.array([1, 3, 5, 9]), broken).tolist() == [1, 5, 5, 1]
    assert replaced(np.array([1, 2]), broken).tolist() == [1, 2]
    with pytest.raises(UserError, match="are needed to train on; got none"):
        replaced(broken, broken)


@pytest.mark.parametrize("kind", [0, 1], ids=["resident", "stream"])
def test_the_parts_of_a_batch_are_the_batch(both, kind):
    train, val = both[kind]
    whole = train.batches(20, Augmentation(), torch.Generator().manual_seed(2))
    parts = [
        train.batches(20, Augmentation(), torch.Generator().manual_seed(2), BatchShare(rank=rank, of=2))
        for rank in range(2)
    ]
    expected = list(whole)
    for rank in range(2):
        assert equal(((x[rank::2], y[rank::2]) for x, y in expected), parts[rank])
    assert sum(len(y) for rank in range(2) for _, y in val.in_order(BatchShare(rank=rank, of=2))) == 11


class WithCrop(Augmentation):
    crop: float = 1.0


def test_a_crop_is_taken_from_the_whole_image_the_same_for_the_same_generator(both):
    _, (stream, _) = both
    plain, *cropped = (
        torch.cat([x for x, _ in stream.batches(20, WithCrop(crop=least), torch.Generator().manual_seed(0))])
        for least in (1.0, 0.3, 0.3)
    )
    assert torch.equal(*cropped)
    assert not torch.equal(plain, cropped[0])


def test_a_crop_lies_in_the_image_and_keeps_its_share_of_the_area():
    for seed in range(300):
        left, top, right, bottom = random_box(0.3, seed, 400, 300)
        assert 0 <= left < right <= 400
        assert 0 <= top < bottom <= 300
        assert (right - left) * (bottom - top) >= 0.3 * 400 * 300 * 0.75
    assert random_box(1.0, 0, 400, 300) == (50, 0, 350, 300)


def test_images_that_do_not_fit_are_streamed(recipe, monkeypatch):
    assert [type(images) for images in load_images(recipe, "cpu")] == [Resident, Resident]
    fits: list[bool] = []
    assert isinstance(load_images(recipe, "cpu", agree=lambda here: fits.append(here))[0], Streamed)
    assert fits == [True]  # in all processes what the one that leads says
    monkeypatch.setenv("MOAT_LAB_MEMORY_SHARE", "1e-9")
    assert [type(images) for images in load_images(recipe, "cpu")] == [Streamed, Streamed]
    monkeypatch.setenv("MOAT_LAB_MEMORY_SHARE", "half")
    with pytest.raises(UserError, match="MOAT_LAB_MEMORY_SHARE: a number from 0 to 1 is needed; got 'half'"):
        load_images(recipe, "cpu")


def test_an_evaluation_of_a_stream_is_that_of_images_on_the_device(photos, monkeypatch):
    given = Recipe(data=photos, learning_rate=0.01, **SIZES)
    first = evaluate(NETWORK, given, 0)
    monkeypatch.setenv("MOAT_LAB_MEMORY_SHARE", "1e-9")
    second = evaluate(NETWORK, given, 0)
    assert first.status == "ok"
    assert first.recipe["train"] == 48
    assert (first.curve, first.score) == (second.curve, second.score)
    assert first.score > 0.9
    assert (first.environment["images"], second.environment["images"]) == ("resident", "streamed")


def _stream_in_a_daemon(recipe, queue):
    train, _ = streamed_splits(recipe, dataset(recipe.data), "cpu")
    queue.put(len(list(train.batches(20, Augmentation(), torch.Generator()))))


def test_a_daemon_such_as_a_study_s_worker_streams_too(recipe):
    context = multiprocessing.get_context("fork")
    queue = context.Queue()
    process = context.Process(target=_stream_in_a_daemon, args=(recipe, queue), daemon=True)
    process.start()
    assert queue.get(timeout=60) == 2
    process.join()


def test_val_needs_a_number_where_the_data_have_none_of_their_own():
    asked = Recipe(**SIZES | {"val": "all"}, data="digits", learning_rate=0.1)
    with pytest.raises(UserError, match="val: a number of images is needed where the data have no val part"):
        resolved(asked)
    assert resolved(asked.model_copy(update={"val": 97})).train == 1700


def test_a_batch_larger_than_all_is_a_mistake():
    with pytest.raises(UserError, match="got batch 2000, and 1697 images\n"):
        resolved(Recipe(**SIZES | {"val": 100, "batch": 2000}, data="digits", learning_rate=0.1))


def test_cifar_s_images_without_val_are_to_train_on():
    of = Recipe(**SIZES | {"val": 5000}, data="cifar10", learning_rate=0.1)
    assert (of.train, resolved(of).train) == ("all", 45000)


def test_a_stream_says_once_that_16_bit_files_are_taken_to_hold_12(recipe, photos, capsys):
    folder = photos.removeprefix("imagefolder:")
    for name in ("04.png", "06.png"):
        levels = np.full((24, 30), 4000, dtype=np.uint16)
        Image.fromarray(levels).save(f"{folder}/train/dark/{name}")
    train, _ = streamed_splits(recipe, dataset(recipe.data), "cpu")
    for _ in range(2):
        list(train.batches(20, Augmentation(), torch.Generator()))
    said = capsys.readouterr().err
    assert said.count("4095") == 2
    assert "2 of 47 sampled images of 16 bits have no level above 4095: they are taken to hold 12" in said
