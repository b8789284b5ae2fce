from pathlib import Path

import pytest
import yaml

from moat_lab.errors import UserError
from moat_lab.train import Augmentation, Recipe, load_recipe

RECIPES = Path(__file__).parents[3] / "studies/recipes"
GIVEN = {
    "data": "digits",
    "resolution": 16,
    "train": 40,
    "val": 50,
    "epochs": 2,
    "batch": 20,
    "learning_rate": 0.002,
}


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "recipe.yaml"
    path.write_text(text)
    return path


def test_every_choice_is_in_the_key():
    keys = {Recipe(**GIVEN).key}
    changes = {
        "resolution": 17,
        "train": 41,
        "val": 51,
        "fresh": True,
        "split_seed": 1,
        "split": "per_seed",
        "tuned": (("a" * 12, 0.1),),
        "epochs": 3,
        "batch": 19,
        "learning_rate": 0.003,
        "optimizer": "lion",
        "weight_decay": 0.0,
        "schedule": "constant",
        "warmup_epochs": 1,
        "clip_grad": 1.0,
        "label_smoothing": 0.1,
        "drop_path": 0.1,
        "augmentation": Augmentation(shift=1),
        "ema": 0.9,
        "precision": "bfloat16",
        "compile": "default",
        "memory_format": "contiguous",
        "batch_norm_momentum": 0.2,
        "curve_points": 3,
        "weights": "winner@0123456789ab",
        "pretrain": Recipe(**GIVEN),
        "frozen_stages": 0,
        "head_epochs": 1,
        "mixup_off_epoch": 1,
        "layer_decay": 0.75,
        "resize": "long",
        "test": True,
    }
    keys |= {Recipe(**{**GIVEN, name: value}).key for name, value in changes.items()}
    assert len(keys) == 1 + len(changes)
    assert set(changes) | {"data", "task", "head"} == set(Recipe.model_fields)


def test_the_same_recipe_has_the_same_key_in_every_release():
    assert Recipe(**GIVEN).key == "efff57d6db10"


@pytest.mark.parametrize(
    ("name", "key"),
    [("digits", "baaaace24b9e"), ("digits_short", "758050da79f6"), ("relations", "1aee32bd5704")],
)
def test_the_recipes_of_the_committed_results_keep_their_keys(name, key):
    assert load_recipe(RECIPES / f"{name}.yaml").key == key


class Longer(Recipe):
    """A recipe of a later release, which has one more field."""

    extra: int = 3


def test_a_later_field_is_left_out_of_the_content_while_it_has_its_default():
    assert Longer(**GIVEN).key == Longer(**GIVEN, extra=3).key == Recipe(**GIVEN).key
    assert Longer(**GIVEN, extra=4).content() == Recipe(**GIVEN).content() | {"extra": 4}
    assert Longer.model_validate(Longer(**GIVEN, extra=4).content()).extra == 4


def test_a_pretraining_is_named_in_the_file_and_whole_in_the_content(tmp_path):
    first = Recipe(**GIVEN)
    (tmp_path / "recipes").mkdir()
    (tmp_path / "recipes/first.yaml").write_text(yaml.safe_dump(GIVEN))
    path = written(tmp_path, yaml.safe_dump(GIVEN | {"pretrain": "first", "head_epochs": 1}))
    recipe = load_recipe(path, beside=tmp_path)
    assert recipe.content()["pretrain"] == first.content()
    assert Recipe.model_validate(recipe.content()) == recipe
    assert recipe.start == f"a training on digits (recipe {first.key})"


@pytest.mark.parametrize(
    ("more", "error"),
    [
        ({"pretrain": "nosuch"}, "pretrain: no recipe is named 'nosuch'"),
        (
            {"pretrain": "recipe.yaml"},
            "pretrain: another recipe is needed; recipe.yaml would pretrain for itself",
        ),
        ({"pretrain": 3}, "pretrain: "),
        ({"pretrain": "digits", "weights": "a"}, "starts from weights or from pretrain, not from both"),
        ({"head_epochs": 3}, r"head_epochs is at most epochs \(2\)"),
    ],
)
def test_a_start_that_cannot_be_is_refused_where_it_stands(tmp_path, monkeypatch, more, error):
    monkeypatch.chdir(tmp_path)
    written(tmp_path, yaml.safe_dump(GIVEN | more))
    with pytest.raises(UserError, match=error):
        load_recipe(Path("recipe.yaml"))


def test_images_are_mixed_up_to_an_epoch():
    recipe = Recipe(**GIVEN, augmentation={"mixup": 0.8, "flip": True}, mixup_off_epoch=1)
    assert recipe.augmentation_of(1).mixup == 0.8
    assert recipe.augmentation_of(2) == Augmentation(flip=True)
    forever = recipe.model_copy(update={"mixup_off_epoch": 0})
    assert forever.augmentation_of(2).mixup == 0.8


def test_the_fields_of_the_first_release_are_always_written():
    content = Recipe(**GIVEN).content()
    assert set(content) == Recipe.always
    assert content["augmentation"] == {"shift": 0, "flip": False, "erase": 0.0}


def test_a_recipe_survives_its_own_content():
    recipe = Recipe(**GIVEN, augmentation=Augmentation(shift=2, flip=True))
    assert Recipe.model_validate(recipe.content()) == recipe


SEGMENTED = GIVEN | {"data": "scenes:segment", "task": "segmentation"}


def test_the_content_holds_a_head_that_is_named_without_its_defaults():
    plain = Recipe(**SEGMENTED)
    assert "head" not in plain.content()
    named = Recipe(**SEGMENTED, head={"kind": "deeplabv3plus", "output_stride": 16, "channels": 64})
    assert named.content()["head"] == {"kind": "deeplabv3plus", "channels": 64}
    assert Recipe.model_validate(named.content()) == named
    assert len({plain.key, named.key, Recipe(**SEGMENTED, head={"kind": "fpn"}).key}) == 3


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("head: {kind: deeplab}", "the kind of a head is needed; did you mean 'deeplabv3plus'? heads: casc"),
        ("head: {kind: fpn, chanels: 64}", "fpn has no option 'chanels'; did you mean 'channels'? it takes"),
        ("head: {kind: fpn, channels: 65}", "fpn, channels: Input should be a multiple of 64"),
        ("head: {kind: deeplabv3plus, output_stride: 4}", "output_stride: Input should be 8 or 16"),
        ("head: fpn", "head: a mapping with the kind of a head is needed"),
        ("augmentation: {mixup: 0.2}", "augmentation of segmentation is flip, shift, crop or scale"),
        ("augmentation: {erase: 0.2}", "leave erase out"),
    ],
)
def test_what_a_segmentation_cannot_be_is_said(tmp_path, line, message):
    text = "\n".join(f"{name}: {value}" for name, value in SEGMENTED.items())
    with pytest.raises(UserError) as error:
        load_recipe(written(tmp_path, f"{text}\n{line}\n"))
    assert message in str(error.value)


def test_a_head_of_another_task_is_refused(tmp_path):
    text = "\n".join(f"{name}: {value}" for name, value in GIVEN.items())
    with pytest.raises(UserError) as error:
        load_recipe(written(tmp_path, f"{text}\nhead: {{kind: fpn}}\n"))
    assert "a head for classification is needed; fpn is for segmentation" in str(error.value)


@pytest.mark.parametrize(
    ("data", "task", "message"),
    [
        ("digits", "segmentation", "data labelled with maps are needed for segmentation; got digits, lab"),
        ("scenes:segment", "classification", "labelled with maps\n  tasks of those: segmentation"),
    ],
)
def test_data_of_other_labels_than_the_task_learns_from_are_refused(data, task, message):
    with pytest.raises(UserError) as error:
        _ = Recipe(**GIVEN | {"data": data, "task": task}).inputs
    assert message in str(error.value)


def test_mixing_needs_pairs():
    with pytest.raises(ValueError, match="batch is even with mixup or cutmix"):
        Recipe(**{**GIVEN, "batch": 5}, augmentation=Augmentation(cutmix=1.0))


def test_images_left_over_are_not_a_step():
    assert Recipe(**{**GIVEN, "train": 59}).steps_per_epoch == 2


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (
            "epoch: 3",
            "line 2, column 1: there is no key 'epoch'\n  did you mean 'epochs'? keys: data, task",
        ),
        ("epochs: many", "line 2, column 1: epochs: a whole number from 1 to 100,000 is needed; got 'many'"),
        (
            f"epochs: {10**30}",
            "line 2, column 1: epochs: a whole number from 1 to 100,000 is needed; got 100",
        ),
        ("learning_rate: .nan", "learning_rate: a number above 0, up to 1e+100 is needed; got nan"),
        ("weight_decay: 1.0e+400", "weight_decay: a number from 0 to 1,000 is needed; got inf"),
        ("train: 0", "train: a whole number from 1 to 1,000,000,000 or 'all' is needed; got 0"),
        ("augmentation: {mixup: .inf}", "augmentation.mixup: a number from 0 to 1,000 is needed; got inf"),
        ("epochs: 0", "line 2, column 1: epochs: a whole number from 1 to 100,000 is needed; got 0"),
        (
            "augmentation: {shft: 1}",
            "line 2, column 16: there is no key 'augmentation.shft'\n  did you mean 'shift'?",
        ),
        ("precision: float8", "precision: 'float32', 'bfloat16' or 'float16' is needed; got 'float8'"),
        ("epochs: [", "not YAML"),
    ],
)
def test_a_mistake_in_the_file_is_shown_where_it_stands(tmp_path, line, message):
    with pytest.raises(UserError) as error:
        load_recipe(written(tmp_path, f"data: digits\n{line}\n"))
    assert message in str(error.value)


def test_no_file_opens_the_test_split(tmp_path):
    path = written(tmp_path, (RECIPES / "digits.yaml").read_text() + "test: true\n")
    with pytest.raises(
        UserError, match="a recipe that leaves the test split closed is needed; got test: true"
    ):
        load_recipe(path)


def test_missing_keys_are_all_named(tmp_path):
    with pytest.raises(UserError) as error:
        load_recipe(written(tmp_path, "data: digits\n"))
    for key in ("resolution", "train", "val", "epochs", "batch", "learning_rate"):
        assert f"the key '{key}' is needed" in str(error.value)


def test_a_batch_larger_than_the_data_is_refused(tmp_path):
    lines = "\n".join(f"{key}: {value}" for key, value in {**GIVEN, "batch": 41}.items())
    with pytest.raises(UserError, match=r"batch is at most train \(40\)"):
        load_recipe(written(tmp_path, lines))


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(UserError, match=r"none\.yaml: cannot be read"):
        load_recipe(tmp_path / "none.yaml")


@pytest.mark.parametrize("text", ["", "- 1\n- 2\n", "just words\n"])
def test_a_file_without_keys_is_refused(tmp_path, text):
    with pytest.raises(UserError, match=r"recipe\.yaml"):
        load_recipe(written(tmp_path, text))


def test_data_whose_name_is_no_utf_8_are_refused(tmp_path):
    name = "imagefolder:caf\udce9"
    with pytest.raises(ValueError, match="a name in UTF-8 is needed"):
        Recipe(**{**GIVEN, "data": name})
    lines = [f"{key}: {value}" for key, value in {**GIVEN, "data": '"caf\\udce9"'}.items()]
    with pytest.raises(
        UserError, match=r"line 1, column 1: data: a name in UTF-8 is needed.*; got 'caf\\udce9'"
    ):
        load_recipe(written(tmp_path, "\n".join(lines)))
    assert Recipe(**{**GIVEN, "data": "imagefolder:caf\u00e9"}).data == "imagefolder:caf\u00e9"
