"""Every form in which a network can be downloaded, and what to install where one cannot."""

from io import BytesIO
from zipfile import ZipFile

import pytest

from dashboards.architecture.exports import missing_text
from dashboards.architecture.model_file import file_name, model_file
from dashboards.inputs import InputSetting
from moat_lab.export import TARGETS, Target
from moat_lab.grammar import network

SMALL = network("stem(8, stride=1) | 1x mbconv+attn(head=8) @16 for 16px")
SETTING = InputSetting(num_classes=10, in_chans=1, resolution=(8, 16))


def test_an_onnx_file_holds_the_network_for_the_pages_setting():
    onnx = pytest.importorskip("onnx")
    model = onnx.load_from_string(model_file(TARGETS["onnx"], SMALL, SETTING))
    onnx.checker.check_model(model)
    shapes = [value.type.tensor_type.shape.dim for value in (model.graph.input[0], model.graph.output[0])]
    assert [[side.dim_value for side in shape] for shape in shapes] == [[0, 1, 8, 16], [0, 10]]


def test_a_folder_for_timm_comes_as_a_zip():
    assert file_name(TARGETS["timm"], "small") == "small.zip"
    with ZipFile(BytesIO(model_file(TARGETS["timm"], SMALL, SETTING))) as archive:
        assert archive.namelist() == [
            f"network_{SMALL.key}/{name}" for name in ("README.md", "config.json", "model.safetensors")
        ]


def test_the_page_offers_every_target_that_can_be_written(open_app):
    app = open_app("architecture")
    assert not app.exception
    labels = {button.proto.label for button in app.get("download_button")}
    names = {file_name(one, "tiny_moat_0") for one in TARGETS.values() if not one.missing}
    assert {f"Download {name}" for name in names} <= labels


def test_a_target_without_its_packages_says_what_to_install():
    lacking = Target(about="", suffix=".x", write=lambda *_: 0.0, needs=("no_such_one",), extra="onnx")
    assert missing_text(lacking) == "pip install no_such_one"
