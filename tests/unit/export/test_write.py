"""An export is there whole or not at all, and mistakes are told before anything is built."""

import subprocess
import sys

import pytest
from typer.testing import CliRunner

from moat_lab.__main__ import app
from moat_lab.errors import UserError
from moat_lab.export import TARGETS, Target
from moat_lab.export.subject import load_subject, weights_file
from moat_lab.export.write import check, default_path
from moat_lab.files import atomic_folder
from moat_lab.models.weights import write_weights
from tests.unit.export.trained import NETWORK, write_trained

KILLED = """
import os, signal, sys
from pathlib import Path
from moat_lab.export import Target
from moat_lab.export.write import write_export

def write(of, path):
    file = path if {suffix!r} else path / "model.safetensors"
    file.write_bytes(b"half")
    os.kill(os.getpid(), signal.SIGKILL)

target = Target(about="", suffix={suffix!r}, write=write, files=("old",))
write_export(None, target, Path(sys.argv[1]), overwrite={overwrite})
"""


@pytest.mark.parametrize("suffix", ["", ".onnx"])
@pytest.mark.parametrize("overwrite", [False, True])
def test_a_killed_export_leaves_the_final_name_as_it_was(tmp_path, suffix, overwrite):
    path = tmp_path / f"network{suffix}"
    if overwrite and suffix:
        path.write_bytes(b"old")
    elif overwrite:
        path.mkdir()
        (path / "old").touch()
    before = sorted(tmp_path.rglob("[a-z]*"))
    done = subprocess.run([sys.executable, "-c", KILLED.format(suffix=suffix, overwrite=overwrite), path])
    assert done.returncode == -9
    assert [p for p in sorted(tmp_path.rglob("[a-z]*")) if ".tmp" not in str(p)] == before
    assert not path.is_file() or path.read_bytes() == b"old"


def test_a_folder_takes_the_place_of_another_only_where_that_is_asked_for(tmp_path):
    path = tmp_path / "folder"
    for name in ("first", "second"):
        with atomic_folder(path, overwrite=name == "second") as temporary:
            (temporary / name).write_text(name)
    assert [p.name for p in tmp_path.rglob("*")] == ["folder", "second"]
    with pytest.raises(FileExistsError), atomic_folder(path):
        pass
    assert [p.name for p in tmp_path.rglob("*")] == ["folder", "second"]


def test_a_folder_whose_filling_fails_is_not_there(tmp_path):
    def fill() -> None:
        with atomic_folder(tmp_path / "folder") as temporary:
            (temporary / "half").touch()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fill()
    assert list(tmp_path.iterdir()) == []


def test_missing_packages_are_told_with_the_line_that_installs_them(tmp_path):
    lacking = Target(about="", suffix=".x", write=lambda *_: 0.0, needs=("sys", "no_such_one"), extra="onnx")
    with pytest.raises(UserError) as error:
        check(lacking, tmp_path / "n.x")
    assert str(error.value).splitlines() == [
        "this target needs packages that are not installed: no_such_one",
        "  pip install 'moat-lab[onnx]'",
    ]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["moat_9", "--to", "safetensors"], "no network is named 'moat_9'"),
        (["tiny_moat_0", "--to", "onnxx"], "did you mean 'onnx'"),
        (["tiny_moat_0", "--to", "timm", "--fold"], "weights that have to fit the network's"),
        (["tiny_moat_0", "--to", "safetensors", "--fold"], "fold where the computation itself is written"),
        (["tiny_moat_0", "--to", "onnx", "--resolution", "12cm"], "--resolution takes pixels"),
        (
            ["nowhere/w.safetensors", "--to", "onnx"],
            "a safetensors file is needed; got nowhere/w.safetensors",
        ),
        (["w.safetensors", "--to", "onnx", "--num-classes", "3"], "are for a network's text; w.safetensors"),
        ([".", "--to", "onnx"], "a training's folder holds weights.safetensors"),
        ([NETWORK, "--to", "onnx", "--out", "taken"], "a path that does not exist is needed; got taken"),
        ([NETWORK, "--to", "onnx", "--out", "taken", "--overwrite"], "a file is written; taken is a folder"),
        (
            ["w.safetensors", "--to", "timm", "--out", "taken", "--overwrite"],
            "holds an export and nothing else",
        ),
        (
            ["w.safetensors", "--to", "timm", "--out", "w.safetensors", "--overwrite"],
            "holds an export and nothing",
        ),
        (["w.safetensors", "--to", "onnx", "--out", "n.pt"], r"ends in \.onnx is needed; got n\.pt"),
        (["other.safetensors", "--to", "timm"], "the weights do not fit stem"),
    ],
)
def test_mistakes_are_users_errors_and_write_nothing(tmp_path, monkeypatch, arguments, message):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "taken").mkdir()
    (tmp_path / "taken" / "thesis.txt").touch()
    model = write_trained(tmp_path / "w.safetensors")
    write_weights(
        tmp_path / "other.safetensors", model.state_dict(), load_subject("tiny_moat_0").model.network
    )
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(UserError, match=message):
        CliRunner().invoke(app, ["export", *arguments], catch_exceptions=False)
    assert sorted(tmp_path.rglob("*")) == before


def test_the_command_says_what_it_wrote_and_how_exact_it_is(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(
        app, ["export", NETWORK, "--to", "safetensors", "--num-classes", "3", "--seed", "4"]
    )
    path = tmp_path / f"network_{load_subject(NETWORK).model.network.key}.safetensors"
    assert done.output.splitlines() == [
        "not trained: freshly initialised with seed 4",
        "outputs differ by at most 0, in batches of 1 and 3",
        f"wrote {path.name}, {path.stat().st_size:,} bytes",
    ]
    assert [p.name for p in tmp_path.iterdir()] == [path.name]


def test_a_source_is_a_name_a_text_a_file_or_a_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_trained(tmp_path / "run" / "weights.safetensors")
    assert weights_file("tiny_moat_0") is None
    assert weights_file(NETWORK) is None
    assert weights_file("run") == weights_file("run/weights.safetensors").relative_to(".")
    assert weights_file("missing/w.safetensors").name == "w.safetensors"
    assert (
        default_path(load_subject("tiny_moat_0", num_classes=1), TARGETS["timm"]).name == "tiny_moat_0_timm"
    )


def test_the_seed_decides_a_texts_weights():
    first, again, other = (load_subject(NETWORK, seed=seed) for seed in (0, 0, 1))
    images = first.images(1)
    assert first.model(images).equal(again.model(images))
    assert not first.model(images).equal(other.model(images))
