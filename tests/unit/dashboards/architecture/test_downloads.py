"""What a reader takes from the architecture page."""

from io import BytesIO
from zipfile import ZipFile

import pytest

from dashboards.architecture.downloads import missing_text, model_file, python_lines, study_yaml, target_file
from dashboards.inputs import InputSetting
from moat_lab.export import TARGETS, Target
from moat_lab.grammar import to_network, zoo_name
from moat_lab.study.study_spec import load_study
from moat_lab.train import load_recipe


def test_python_builds_the_network_by_its_text():
    lines = python_lines(
        to_network("stem(8) | 1x mbconv @8 for 16px"), InputSetting(num_classes=10, in_chans=1)
    )
    assert lines == (
        "import moat_lab\n\n"
        "network = 'stem(8) | 1x mbconv @8 for 16px'\n"
        "model = moat_lab.build(network, num_classes=10, in_chans=1)\n"
    )


def test_a_named_network_is_also_timms():
    assert "timm.create_model('tiny_moat_0', num_classes=1000, in_chans=3)" in python_lines(
        to_network("tiny_moat_0"), InputSetting()
    )
    assert zoo_name(to_network("stem(8) | 1x mbconv @8")) is None


def test_the_lines_run():
    found: dict[str, object] = {}
    lines = python_lines(
        to_network("stem(8) | 1x mbconv @8 for 16px"), InputSetting(num_classes=10, in_chans=1)
    )
    exec(lines, found)
    assert sum(p.numel() for p in found["model"].parameters()) == 1_138


@pytest.mark.parametrize(
    ("text", "space"),
    [
        (
            "stem(8, stride=1) | 1x mbconv @16(stride=1) | 2x mbconv+attn @32 for 16px",
            "stem(8, stride=1) | 1x mbconv @w1(stride=1) | 2x mbconv+attn @w2 for 16px "
            "where w1 in 12..20:4, w2 in {32, 64}",
        ),
        (
            "stem(8) | 1x mbconv(expand=0.5) @10 | 1x attn(head=8)+mlp @8(down=patch) for 16px",
            "stem(8) | 1x mbconv(expand=0.5) @w1 | 1x attn(head=8)+mlp @w2(down=patch) for 16px "
            "where w1 in 8..12:2, w2 in {8, 16}",
        ),
    ],
)
def test_the_study_loads_starts_from_the_network_and_holds_it(tmp_path, text, space):
    file = tmp_path / "around.yaml"
    recipe = load_recipe("digits_short")
    file.write_text(study_yaml(to_network(text), "digits_short", recipe), encoding="utf-8")
    spec = load_study(file)
    assert str(spec.space) == space
    assert spec.search.start == (text,)
    assert spec.space.find(to_network(text)) is not None


def test_the_study_of_a_named_network_loads(tmp_path):
    recipe = load_recipe("relations")
    (tmp_path / "s.yaml").write_text(
        study_yaml(to_network("maxvit_tiny"), "relations", recipe), encoding="utf-8"
    )
    assert load_study(tmp_path / "s.yaml").space.size == 81


SMALL = to_network("stem(8, stride=1) | 1x mbconv+attn(head=8) @16 for 16px")
SETTING = InputSetting(num_classes=10, in_chans=1, resolution=(8, 16))


def test_an_onnx_file_holds_the_network_for_the_pages_setting():
    onnx = pytest.importorskip("onnx")
    model = onnx.load_from_string(model_file(TARGETS["onnx"], SMALL, SETTING))
    onnx.checker.check_model(model)
    shapes = [value.type.tensor_type.shape.dim for value in (model.graph.input[0], model.graph.output[0])]
    assert [[side.dim_value for side in shape] for shape in shapes] == [[0, 1, 8, 16], [0, 10]]


def test_a_folder_for_timm_comes_as_a_zip():
    assert target_file(TARGETS["timm"], "small") == "small.zip"
    with ZipFile(BytesIO(model_file(TARGETS["timm"], SMALL, SETTING))) as archive:
        assert archive.namelist() == [
            f"network_{SMALL.key}/{name}" for name in ("README.md", "config.json", "model.safetensors")
        ]


def test_the_page_offers_every_target_that_can_be_written(open_app):
    app = open_app("architecture")
    assert not app.exception
    labels = {button.proto.label for button in app.get("download_button")}
    names = {target_file(one, "tiny_moat_0") for one in TARGETS.values() if not one.missing}
    assert {f"Download {name}" for name in names} <= labels


def test_a_target_without_its_packages_says_what_to_install():
    lacking = Target(about="", suffix=".x", write=lambda *_: 0.0, needs=("no_such_one",), extra="onnx")
    assert missing_text(lacking) == "pip install no_such_one"
