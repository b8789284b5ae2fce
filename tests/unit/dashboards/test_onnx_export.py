"""An ONNX file where its packages are installed; otherwise what to install."""

import pytest

from dashboards.onnx_export import missing_packages, onnx_bytes
from dashboards.setting import Setting
from moat_lab.grammar import network


def test_the_file_holds_the_network():
    onnx = pytest.importorskip("onnx")
    pytest.importorskip("onnxscript")
    small = network("stem(8, stride=1) | 1x mbconv+attn(head=8) @16 for 16px")
    model = onnx.load_from_string(onnx_bytes(small, Setting(num_classes=10, in_chans=1)))
    onnx.checker.check_model(model)
    shape = model.graph.output[0].type.tensor_type.shape
    assert [side.dim_value for side in shape.dim] == [1, 10]


@pytest.mark.skipif(not missing_packages(), reason="the packages are installed")
def test_without_its_packages_the_page_says_what_to_install(open_app):
    app = open_app("architecture")
    assert f"pip install {' '.join(missing_packages())}" in [code.value for code in app.code]
