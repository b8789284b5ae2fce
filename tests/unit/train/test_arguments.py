"""What is typed becomes a training, or a sentence."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from moat_lab.errors import UserError
from moat_lab.train import load_recipe
from moat_lab.train.arguments import TrainArguments, changed_recipe, command, folder_training
from moat_lab.train.epoch_log import FOLDER, TAGS, EpochRecord, Log, check_tensorboard, csv_text
from moat_lab.train.processes import Processes
from tests.unit.train.small import TEXT

SCORES = ("top1", "top5")
RECORD = EpochRecord(
    epoch=1,
    steps=3,
    train_loss=2.5,
    val_loss=1 / 3,
    scores={"top1": 0.5, "top5": 1.0},
    learning_rate=1e-5,
    images_per_s=1e3,
    seconds=0.25,
)


def call(**changes):
    typed = {
        "network": TEXT,
        "recipe": "digits",
        "changes": {},
        "out": None,
        "seed": 0,
        "device": "cpu",
        "save_every": 1,
        "tensorboard": False,
    }
    return folder_training(TrainArguments(**typed | changes), Processes())


def test_a_named_network_has_a_folder_of_its_name_and_a_text_one_of_its_key():
    assert call(network="tiny_moat_0").folder == Path("runs/train/tiny_moat_0")
    assert call().folder == Path("runs/train") / call().run.network.key


def test_changes_take_the_place_of_the_recipes_values():
    recipe = call(changes={"epochs": 7, "resolution": 8}).recipe
    assert (recipe.epochs, recipe.resolution, recipe.train) == (7, 8, 100)
    assert call().recipe.epochs == 60


def test_fewer_epochs_shorten_the_warm_up_in_proportion_and_more_do_not():
    warmups = [call(changes={"epochs": n}).recipe.warmup_epochs for n in (1, 30, 60, 600)]
    assert warmups == [pytest.approx(4 / 60), 2, 4, 4]


@pytest.mark.parametrize(
    ("epochs", "parts"), [(20, (2, 16)), (10, (1, 8)), (3, (0, 2)), (1, (0, 1)), (40, (2, 16))]
)
def test_fewer_epochs_shorten_the_parts_of_a_fine_tuning_too(epochs, parts):
    recipe = changed_recipe(load_recipe("finetune"), {"epochs": epochs})
    assert (recipe.head_epochs, recipe.mixup_off_epoch) == parts


def test_a_change_that_does_not_fit_the_recipe_is_named():
    with pytest.raises(UserError, match=r"the recipe with --batch 101: batch is at most train \(100\)"):
        call(changes={"batch": 101})


def test_a_recipe_that_is_not_there_is_told_the_nearest():
    with pytest.raises(UserError, match=r"no recipe is named 'digit'\n  did you mean 'digits'?"):
        call(recipe="digit")


def test_the_command_can_be_pasted():
    words = ["train", "stem(4) | 1x mbconv @8", "--recipe", "digits"]
    assert command(words, 1) == "python -m moat_lab train 'stem(4) | 1x mbconv @8' --recipe digits"
    assert command(words, 4).startswith("torchrun --nproc_per_node 4 -m moat_lab train 'stem(4)")


def test_a_log_is_a_header_and_a_line_for_each_epoch():
    assert csv_text([RECORD], SCORES) == (
        "epoch,steps,train_loss,val_loss,top1,top5,learning_rate,images_per_s,seconds\n"
        "1,3,2.5,0.3333333333333333,0.5,1.0,1e-05,1000.0,0.25\n"
    )


def test_tensorboard_holds_every_epoch(tmp_path):
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    log = Log(tmp_path, [], scores=SCORES, tensorboard=True)
    log.write([RECORD])
    log.close()
    board = EventAccumulator(str(tmp_path / FOLDER)).Reload()
    assert set(board.Tags()["scalars"]) == {*TAGS.values(), "val/top1", "val/top5"}
    assert [(e.step, e.value) for e in board.Scalars("val/top1")] == [(1, 0.5)]


def test_without_tensorboard_it_says_how_to_install_it(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "tensorboard", None)
    with pytest.raises(UserError, match="pip install 'moat-lab\\[tensorboard\\]'"):
        check_tensorboard()


LIMITED = """
import resource, sys, torch
import re
import subprocess
import sys
from pathlib import Path
from moat_lab.errors import UserError
from moat_lab.train.arguments import TrainArguments, train_into_folder
def carried_out(out, **changes):
    text = "stem(32, stride=1) | 1x mbconv @32(stride=1) for 24px"
    changes = {"resolution": 24, "epochs": 4, **changes}
    return train_into_folder(TrainArguments(network=text, recipe="digits", changes=changes,
        out=Path(out), seed=0, device="cpu", save_every=1, tensorboard=False))
for batch in (8, 24, 50, 100):  # loads all libraries, and makes kernels, whose code takes memory too
    carried_out(sys.argv[1] + f"/{batch}", batch=batch, train=batch, val=40, epochs=1)
taken = next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmSize"))
resource.setrlimit(resource.RLIMIT_AS, (taken * 1024 + 300 * 2**20, resource.RLIM_INFINITY))
try:
    carried_out(sys.argv[1] + "/large", batch=400, train=400, val=40)
except UserError as error:
    print(error)
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="a process's memory is limited on Linux alone")
def test_a_batch_without_memory_is_told_one_that_fits(tmp_path):
    words = [sys.executable, "-c", LIMITED, str(tmp_path)]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    said, advice = done.stdout.splitlines()[-2:]
    found = re.fullmatch(r"out of memory with batch 400; of its halves, `batch: (\d+)` is the first .*", said)
    assert found, done.stdout
    assert 2 <= int(found[1]) < 400
    assert advice.startswith("  train again with a smaller --batch")


def test_a_batch_of_one_on_a_map_of_one_pixel_is_refused_before_there_is_a_folder(tmp_path):
    text = "stem(4) | 1x mbconv @8 | 1x mbconv @8 | 1x mbconv @8 for 16px"
    with pytest.raises(
        UserError, match=r"batch 1 and a map of one pixel in stage 3 at 16 px.*\n  take a batch"
    ):
        call(network=text, changes={"batch": 1}, out=tmp_path / "out")
    assert call(network=text, changes={"batch": 1, "resolution": 17}).recipe.batch == 1
    assert list(tmp_path.iterdir()) == []
