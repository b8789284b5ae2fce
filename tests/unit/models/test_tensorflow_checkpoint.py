"""A checkpoint becomes a safetensors file, whole or not at all."""

import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from typer.testing import CliRunner

from moat_lab.__main__ import app
from moat_lab.errors import UserError
from moat_lab.models import from_tensorflow
from moat_lab.models.tensorflow_checkpoint import import_report, read_checkpoint
from tests.golden.official import DATA, MICRO, micro_weights

PREFIX = DATA / "tf_checkpoint" / "micro.ckpt"


def test_the_report_counts_what_was_read_and_names_what_was_not():
    average = "moat/stem/conv_0/kernel/ExponentialMovingAverage"
    names = ["global_step", "moat/stem/conv_0/kernel", average, "moat/stem/norm_0/moving_mean"]
    read = dict.fromkeys([average, names[3]], np.ones(1))
    assert import_report(names, read, {"head.classifier.bias": torch.ones(10)}).splitlines() == [
        "2 variables used, 1 of them as their moving averages",
        "classifier of 10 classes",
        "not used: 1",
        "  global_step",
    ]
    assert import_report(names[1:], read, {}).splitlines()[1:] == [
        "no classifier in the checkpoint",
        "not used: 0",
    ]


def test_a_missing_tensorflow_is_told_with_the_line_that_installs_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "tensorflow", None)
    with pytest.raises(UserError) as error:
        read_checkpoint(PREFIX)
    assert str(error.value).splitlines() == [
        "reading a TensorFlow checkpoint needs TensorFlow, which is not installed",
        "  pip install 'moat-lab[tensorflow]'",
    ]


def test_a_prefix_without_files_is_told_before_tensorflow_is_asked(monkeypatch):
    monkeypatch.setitem(sys.modules, "tensorflow", None)
    with pytest.raises(UserError, match=r"got no 'nowhere/moat_0\.ckpt\.index'"):
        read_checkpoint(Path("nowhere/moat_0.ckpt"))


def test_a_wrong_network_is_told_before_anything_is_read(tmp_path):
    result = CliRunner().invoke(
        app, ["import-checkpoint", "nowhere", "--network", "moat_9", "-o", str(tmp_path / "out")]
    )
    assert "no network is named 'moat_9'" in str(result.exception)
    assert list(tmp_path.iterdir()) == []


def test_the_released_names_are_read_by_tensorflow(tmp_path):
    pytest.importorskip("tensorflow", reason="TensorFlow is an optional extra")
    path = tmp_path / "micro.safetensors"
    result = CliRunner().invoke(app, ["import-checkpoint", str(PREFIX), "--network", MICRO, "-o", str(path)])
    assert result.output.splitlines() == [
        "159 variables used, 121 of them as their moving averages",
        "classifier of 10 classes",
        "not used: 1",
        "  global_step",
        f"wrote {path}",
    ]
    expected = from_tensorflow(micro_weights(), MICRO)
    written = load_file(path)
    assert written.keys() == expected.keys()
    assert all(torch.equal(written[name], tensor) for name, tensor in expected.items())


def test_damaged_files_are_told(tmp_path):
    pytest.importorskip("tensorflow", reason="TensorFlow is an optional extra")
    for file in PREFIX.parent.iterdir():
        (tmp_path / file.name).write_bytes(
            file.read_bytes()[:1000] if "data" in file.name else file.read_bytes()
        )
    with pytest.raises(UserError, match="TensorFlow cannot read the checkpoint"):
        read_checkpoint(tmp_path / PREFIX.name)
