"""A training leaves all of it in its folder, and goes on from there to the same bits."""

import json
import os

import pytest

from moat_lab.errors import UserError
from moat_lab.models.weights import read_weights
from moat_lab.train.checksummed import read_checksummed, write_checksummed
from moat_lab.train.folder import read_manifest
from tests.unit.train.small import RECIPE, TEXT, Watched, bits, curve, rows


@pytest.fixture
def whole(call_in, trained, tmp_path):
    """The folder of an uninterrupted training."""
    assert trained(call_in(tmp_path / "whole"))
    return tmp_path / "whole"


def flip_a_bit(path):
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def test_the_folder_holds_what_was_asked_and_what_came_of_it(whole):
    assert {path.name for path in whole.iterdir()} == {
        "training.json",
        "log.csv",
        "last.safetensors",
        "before.safetensors",
        "best.safetensors",
        "weights.safetensors",
    }
    assert json.loads((whole / "training.json").read_text())["recipe"] == RECIPE.content()
    assert [(row["epoch"], row["steps"]) for row in rows(whole)] == [
        ("1", "3"),
        ("2", "6"),
        ("3", "9"),
        ("4", "12"),
    ]


def test_the_weights_say_what_they_are_for(whole):
    weights = read_weights(whole / "weights.safetensors")
    assert (str(weights.network), weights.num_classes, weights.about.resolution) == (TEXT, 10, 8)
    assert weights.about.scores["top1"] == float(rows(whole)[-1]["top1"])
    # Digits are dark: their mean is about 0.3 of white.
    assert weights.about.mean[0] == pytest.approx(0.3, abs=0.02)
    assert weights.about.deviation[0] == pytest.approx(0.37, abs=0.03)
    best = read_weights(whole / "best.safetensors")
    assert best.about.scores["top1"] == max(float(row["top1"]) for row in rows(whole))


@pytest.mark.parametrize("steps", [1, 3, 8, 12])
def test_after_ctrl_c_it_goes_on_to_the_same_bits(call_in, trained, whole, tmp_path, steps):
    call = call_in(tmp_path / "stopped", save_every=3)
    assert not trained(call, Watched(stop_after=steps))
    assert not (call.folder / "weights.safetensors").exists()
    assert trained(call)
    assert curve(call.folder) == curve(whole)
    assert bits(call.folder) == bits(whole)


def test_it_may_be_stopped_twice_in_one_epoch(call_in, trained, whole, tmp_path):
    call = call_in(tmp_path / "stopped")
    assert not trained(call, Watched(stop_after=4))
    again = Watched(stop_after=5)
    assert not trained(call, again)
    assert "Goes on from" in again.said
    assert "epoch 2, step 1." in again.said
    assert trained(call)
    assert (curve(call.folder), bits(call.folder)) == (curve(whole), bits(whole))


def test_a_damaged_checkpoint_is_set_aside_for_the_one_before(call_in, trained, whole, tmp_path):
    call = call_in(tmp_path / "damaged")
    assert not trained(call, Watched(stop_after=8))
    flip_a_bit(call.folder / "last.safetensors")
    again = Watched()
    assert trained(call, again)
    assert "last.safetensors is damaged, and was set aside as damaged.safetensors." in again.said
    assert "epoch 3, step 0." in again.said
    assert (curve(call.folder), bits(call.folder)) == (curve(whole), bits(whole))


@pytest.mark.parametrize("change", [{"rows": [{"epoch": 1}]}, {"versions": 3}, {"plain": {}}, {"format": 2}])
def test_a_whole_checkpoint_with_other_content_is_damaged(call_in, trained, whole, tmp_path, change):
    call = call_in(tmp_path / "damaged")
    assert not trained(call, Watched(stop_after=8))
    path = call.folder / "last.safetensors"
    content, tensors = read_checksummed(path)
    write_checksummed(path, {**content, **change}, tensors)
    again = Watched()
    assert trained(call, again)
    assert "last.safetensors is damaged, and was set aside as damaged.safetensors." in again.said
    assert bits(call.folder) == bits(whole)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            '"epochs": 4',
            f'"epochs": {10**30}',
            "recipe: epochs: Input should be less than or equal to 100000",
        ),
        ('"epochs": 4', '"epoch": 4', "recipe: epochs: Field required"),
        ('"seed": 0', '"seed": NaN', "seed: Input should be a valid integer"),
    ],
)
def test_a_damaged_question_is_said(call_in, trained, tmp_path, old, new, message):
    call = call_in(tmp_path / "damaged")
    assert not trained(call, Watched(stop_after=8))
    path = call.folder / "training.json"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))
    with pytest.raises(UserError) as error:
        trained(call)
    assert f"training.json is damaged: {message}" in str(error.value)


def test_a_pipe_in_the_place_of_the_question_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "training.json")
    with pytest.raises(UserError, match=r"training\.json is damaged: a file is needed; got a folder, a pipe"):
        read_manifest(tmp_path)


def test_where_no_checkpoint_is_whole_it_begins_anew_and_says_so(call_in, trained, whole, tmp_path):
    call = call_in(tmp_path / "damaged")
    assert not trained(call, Watched(stop_after=8))
    for name in ("last", "before"):
        flip_a_bit(call.folder / f"{name}.safetensors")
    again = Watched()
    assert trained(call, again)
    assert again.said.count("is damaged") == 2
    assert "Goes on" not in again.said
    assert (curve(call.folder), bits(call.folder)) == (curve(whole), bits(whole))


def test_a_kill_between_checkpoint_and_best_weights_leaves_them_right(
    call_in, trained, whole, tmp_path, monkeypatch
):
    call = call_in(tmp_path / "killed")

    def killed(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("moat_lab.train.session.write_model", killed)
        with pytest.raises(KeyboardInterrupt):
            trained(call)
    assert not (call.folder / "best.safetensors").exists()
    assert not trained(call, Watched(stop_after=4))
    assert read_weights(call.folder / "best.safetensors").about.scores["top1"] == float(
        rows(whole)[0]["top1"]
    )
    assert trained(call)
    assert bits(call.folder, "best") == bits(whole, "best")


def test_rows_beyond_the_checkpoint_are_written_again_once(call_in, trained, whole, tmp_path):
    call = call_in(tmp_path / "ahead")
    assert not trained(call, Watched(stop_after=4))
    with (call.folder / "log.csv").open("a") as file:
        file.write("2,6,0.5,0.5,0.5,0.5,0.5,1,1\n3,9,0.")
    assert trained(call)
    assert curve(call.folder) == curve(whole)


def test_a_training_that_is_over_trains_nothing(call_in, trained, whole):
    before = {path.name: path.stat().st_mtime_ns for path in whole.iterdir()}
    again = Watched()
    assert trained(call_in(whole), again)
    assert "weights.safetensors is there already; nothing to do." in again.said
    assert {path.name: path.stat().st_mtime_ns for path in whole.iterdir()} == before


def test_a_folder_from_before_files_were_listed_goes_on(call_in, trained, tmp_path):
    assert not trained(call_in(tmp_path), Watched(stop_after=4))
    known = json.loads((tmp_path / "training.json").read_text())
    del known["files"]
    (tmp_path / "training.json").write_text(json.dumps(known))
    assert trained(call_in(tmp_path, files="0123"))


@pytest.mark.parametrize("name", ["training.json", "nothing"])
@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"seed": 1}, "seed is 0 there and 1 here"),
        ({"network": "stem(4) | 1x mbconv @8 for 16px"}, "network is stem(4) | 2x mbconv @8 for 16px there"),
        ({"recipe": RECIPE.content() | {"epochs": 5}}, "recipe.epochs is 4 there and 5 here"),
        (
            {"recipe": RECIPE.content() | {"augmentation": {"flip": True}}},
            "recipe.augmentation.flip is False",
        ),
    ],
    ids=["seed", "network", "epochs", "augmentation"],
)
def test_the_folder_of_another_training_is_refused_and_kept(
    call_in, trained, tmp_path, name, change, message
):
    assert not trained(call_in(tmp_path), Watched(stop_after=4))
    (tmp_path / name).unlink(missing_ok=True)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    with pytest.raises(UserError, match="holds another training") as refused:
        trained(call_in(tmp_path, **change))
    assert message in str(refused.value)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_a_loss_that_is_not_finite_ends_it_and_the_checkpoint_stays(call_in, trained, tmp_path):
    recipe = RECIPE.content() | {"learning_rate": 1e20, "optimizer": "sgd", "warmup_epochs": 4, "epochs": 30}
    with pytest.raises(UserError, match=r"the loss was \S+ at step \d+"):
        trained(call_in(tmp_path, recipe=recipe))
    assert not (tmp_path / "weights.safetensors").exists()


@pytest.mark.parametrize(
    ("step", "message"),
    [(2, "the weights were not finite after step 2"), (3, "the loss was nan at step 3")],
    ids=["weights", "loss"],
)
def test_what_is_not_finite_takes_no_checkpoint_s_place(call_in, trained, tmp_path, step, message):
    broken = {"learning_rate": 1e40, "warmup_epochs": 4, "drop_path": 0.0}
    call = call_in(tmp_path, recipe=RECIPE.content() | broken)
    assert not trained(call, Watched(stop_after=1))
    before = {path.name: path.read_bytes() for path in tmp_path.glob("*.safetensors")}
    with pytest.raises(UserError, match=f"{message}\n.*with another --out"):
        trained(call, Watched(stop_after=step))
    assert {path.name: path.read_bytes() for path in tmp_path.glob("*.safetensors")} == before


def test_a_file_in_the_folder_s_place_is_kept(call_in, trained, tmp_path):
    (tmp_path / "recipe.yaml").write_text("epochs: 4")
    with pytest.raises(UserError, match=r"--out: a folder is needed; got .*recipe\.yaml, a file"):
        trained(call_in(tmp_path / "recipe.yaml"))
    assert (tmp_path / "recipe.yaml").read_text() == "epochs: 4"


def test_a_mistake_in_the_data_leaves_the_folder_free(call_in, trained, tmp_path):
    with pytest.raises(UserError, match="at most 1797 images"):
        trained(call_in(tmp_path / "new", recipe=RECIPE.content() | {"val": 5000}))
    assert not (tmp_path / "new").exists()


def test_what_data_were_found_is_said_before_the_first_epoch(call_in, trained, tmp_path):
    screen = Watched()
    trained(call_in(tmp_path / "out"), screen)
    lines = screen.said.splitlines()
    found = lines.index("digits: train 60 and val 40 of 1,797 images; 10 classes")
    assert found < next(number for number, line in enumerate(lines) if line.startswith("epoch 1/4"))
