"""What is written gives the model's outputs, and says what it is."""

import json
from dataclasses import replace

import numpy as np
import onnx
import onnxruntime
import pytest
import timm
import torch

import moat_lab.models  # noqa: F401  puts its networks into timm's registry
from moat_lab import build
from moat_lab.errors import UserError
from moat_lab.export import TARGETS, Target, find_target
from moat_lab.export.folding import folded
from moat_lab.export.subject import Subject, load_subject, with_open_sides
from moat_lab.export.tracing import MOST_APART, largest_difference, program
from moat_lab.export.write import check, write_export
from moat_lab.models.weights import read_weights
from tests.unit.export.trained import ABOUT, NETWORK, disturbed, write_trained

WINDOWS = (
    "stem(8, stride=1) | 1x mbconv(se=0.25)+attn(window=3x4, shift=1x2, head=8, pos=5) @8(pool=3) "
    "| 1x attn(head=8)+mlp(kernel=3) @16(down=dwconv) for 16px"
)
GRID = (
    "stem(8, 8) | 1x attn(grid=3, head=8)+mlp @8(down=patch) "
    "| 1x attn(head=8, pos=none)+attn(window=3, weights=uniform)+mbconv(kernel=5) @16(down=pool) for 32px"
)


def of_text(text: str, sides: tuple[int, int], **options) -> Subject:
    made = load_subject(text, num_classes=4, in_chans=2, resolution=sides, **options)
    disturbed(made.model)
    return made


def run_onnx(path, images: torch.Tensor) -> np.ndarray:
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    return session.run(["logits"], {"image": images.numpy()})[0]


@pytest.fixture
def trained(tmp_path):
    model = write_trained(tmp_path / "weights.safetensors")
    return model, load_subject(tmp_path)


def test_each_file_is_a_target():
    assert list(TARGETS) == ["onnx", "safetensors", "timm", "torch_export"]
    assert {name for name, one in TARGETS.items() if one.foldable} == {"onnx", "torch_export"}


def test_an_unknown_target_is_told_with_the_nearest():
    with pytest.raises(UserError) as error:
        find_target("onx")
    assert str(error.value).splitlines() == [
        "--to: the name of a target is needed; got 'onx'",
        "  did you mean 'onnx'? targets: onnx, safetensors, timm, torch_export",
    ]


@pytest.mark.parametrize("text", [WINDOWS, GRID], ids=["windows", "grid"])
@pytest.mark.parametrize("sides", [(16, 16), (25, 18)], ids=str)
def test_onnxruntime_gives_the_models_outputs_at_any_batch(tmp_path, text, sides):
    of = of_text(text, sides)
    done = write_export(of, TARGETS["onnx"], tmp_path / "n.onnx")
    assert done.apart <= MOST_APART
    for batch in (1, 5):
        images = of.images(batch, seed=9)
        np.testing.assert_allclose(
            run_onnx(done.path, images), of.model(images).detach().numpy(), rtol=0, atol=1e-4
        )


def test_an_onnx_file_says_how_its_images_are_made_and_no_path_of_this_machine(tmp_path, trained):
    _, of = trained
    done = write_export(of, TARGETS["onnx"], tmp_path / "n.onnx")
    read = onnx.load(done.path)
    onnx.checker.check_model(read, full_check=True)
    assert {entry.key: entry.value for entry in read.metadata_props} == {
        "network": NETWORK,
        "key": of.model.network.key,
        "trained": "yes",
        "resolution": "16x16",
        "mean": "0.25",
        "deviation": "0.5",
        "classes": "cat\ndog\neel",
        "top1": "0.625",
        "trained_by": "python -m moat_lab train",
    }
    assert [entry.version for entry in read.opset_import if not entry.domain] == [20]
    sides = [side.dim_param or side.dim_value for side in read.graph.input[0].type.tensor_type.shape.dim]
    assert sides == ["batch", 1, 16, 16]
    assert b"attention.py" not in done.path.read_bytes()


def test_a_program_of_torch_export_comes_back_with_any_batch(tmp_path):
    of = of_text(WINDOWS, (18, 25))
    done = write_export(of, TARGETS["torch_export"], tmp_path / "n.pt2")
    extra = {"moat_lab.json": ""}
    program = torch.export.load(done.path, extra_files=extra).module()
    images = of.images(5, seed=9)
    torch.testing.assert_close(program(images), of.model(images), rtol=0, atol=1e-5)
    assert json.loads(extra["moat_lab.json"])["trained"] == "no: freshly initialised"
    assert b"attention.py" not in done.path.read_bytes()


def test_timm_loads_a_folder_of_any_network(tmp_path, trained):
    model, of = trained
    done = write_export(of, TARGETS["timm"], tmp_path / "a folder")
    loaded = timm.create_model(f"local-dir:{done.path}", pretrained=True).eval()
    images = of.images(2)
    assert torch.equal(loaded(images), model(images))
    cfg = loaded.pretrained_cfg
    assert cfg["architecture"] == "moat_lab_network"
    assert (tuple(cfg["input_size"]), tuple(cfg["mean"]), tuple(cfg["std"])) == ((1, 16, 16), (0.25,), (0.5,))
    assert (cfg["crop_pct"], cfg["interpolation"]) == (1.0, "bicubic")
    assert cfg["label_names"] == ["cat", "dog", "eel"]


def test_timm_takes_features_and_other_classes_of_a_folder(tmp_path, trained):
    model, of = trained
    name = f"local-dir:{write_export(of, TARGETS['timm'], tmp_path / 'folder').path}"
    features = timm.create_model(name, pretrained=True, features_only=True).eval()
    images = of.images(2)
    expected = model.forward_intermediates(images, intermediates_only=True)
    assert all(torch.equal(a, b) for a, b in zip(features(images), expected, strict=True))
    other = timm.create_model(name, pretrained=True, num_classes=7).eval()
    assert other(images).shape == (2, 7)
    assert torch.equal(other.forward_features(images), model.forward_features(images))


def test_a_named_network_keeps_its_name_in_timm(tmp_path):
    of = load_subject("tiny_moat_0", num_classes=2, resolution=(32, 32))
    path = write_export(of, TARGETS["timm"], tmp_path / "folder").path
    config = json.loads((path / "config.json").read_text())
    assert config["architecture"] == "tiny_moat_0"
    assert config["model_args"] == {"num_classes": 2, "in_chans": 3}
    assert config["pretrained_cfg"]["crop_pct"] == 0.95
    assert "license" not in config["pretrained_cfg"]


def test_a_model_card_says_what_the_network_is_and_how_good(tmp_path, trained):
    _, of = trained
    for overwrite in (False, True):
        folder = write_export(of, TARGETS["timm"], tmp_path / "folder", overwrite=overwrite).path
    card = (folder / "README.md").read_text()
    assert NETWORK in card
    assert "| images | 1 x 16 x 16 pixels, in [0, 1] before normalisation |" in card
    assert "| classes | 3: cat, dog, eel |" in card
    assert "| top-1 | 62.50 % on the validation images |" in card
    assert "| trained | by `python -m moat_lab train` |" in card


def test_weights_alone_come_back_with_what_they_mean(tmp_path, trained):
    model, of = trained
    back = read_weights(write_export(of, TARGETS["safetensors"], tmp_path / "w.safetensors").path)
    assert back.about == ABOUT
    assert torch.equal(back.model()(of.images(2)), model(of.images(2)))


@pytest.mark.parametrize("name", ["onnx", "torch_export"])
def test_a_folded_network_is_written_with_the_outputs_of_the_unfolded(tmp_path, name):
    of = of_text(NETWORK, (16, 16))
    without, done, norms = folded(of)
    assert (done, norms) == (7, 7)
    path = write_export(without, TARGETS[name], tmp_path / f"n{TARGETS[name].suffix}").path
    images = of.images(3)
    outputs = (
        torch.from_numpy(run_onnx(path, images))
        if name == "onnx"
        else torch.export.load(path.open("rb")).module()(images)
    )
    torch.testing.assert_close(outputs, of.model(images), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize(
    ("scale", "message"), [(1.001, "the model's outputs within 0.0001; got"), (float("nan"), "got nan")]
)
def test_other_outputs_are_refused_and_nothing_is_kept(tmp_path, scale, message):
    of = of_text(NETWORK, (16, 16))

    def write(of: Subject, path) -> float:
        path.write_bytes(b"weights")
        return largest_difference(of, lambda images: of.model(images) * scale + (scale - 1))

    with pytest.raises(UserError, match=message):
        write_export(of, Target(about="", suffix=".x", write=write), tmp_path / "n.x")
    assert list(tmp_path.iterdir()) == []


def test_any_network_in_timm_needs_its_text():
    with pytest.raises(UserError, match="moat_lab_network needs the argument `network`"):
        timm.create_model("moat_lab_network")
    made = timm.create_model("moat_lab_network", network=NETWORK, num_classes=3, in_chans=1)
    assert made.state_dict().keys() == build(NETWORK, 3, 1).state_dict().keys()


MIXED = (
    "stem(8, 8) | 1x mbconv(se=0.25) @8(pool=3) | 1x mbconv+attn(head=8) @16 "
    "| 1x attn(head=8, pos=5)+mlp(kernel=3) @16(down=dwconv) for 64px"
)


SHORT = "stem(8, 8) | 1x mbconv+attn(head=8) @8 for 16px"


@pytest.mark.slow
@pytest.mark.parametrize(("name", "text"), [("onnx", MIXED), ("torch_export", SHORT)])
def test_open_sides_give_the_models_outputs_in_steps_and_refuse_other_sides(tmp_path, name, text):
    of = with_open_sides(of_text(text, (48, 64)))
    path = write_export(of, TARGETS[name], tmp_path / f"n{TARGETS[name].suffix}").path
    program = torch.export.load(path.open("rb")).module() if name == "torch_export" else None

    def outputs(images: torch.Tensor) -> torch.Tensor:
        return program(images) if program else torch.from_numpy(run_onnx(path, images))

    for height, width in [(32, 32), (80, 32), (64, 112)]:
        images = torch.randn(2, 2, height, width)
        torch.testing.assert_close(outputs(images), of.model(images), rtol=0, atol=1e-4)
    for height, width in [(33, 32), (32, 42)]:
        with pytest.raises((AssertionError, onnxruntime.capi.onnxruntime_pybind11_state.Fail)):
            outputs(torch.randn(2, 2, height, width))


def test_open_sides_are_named_in_an_onnx_file(tmp_path):
    of = with_open_sides(of_text("stem(8, 8) | 1x mbconv @8 for 16px", (16, 16)))
    read = onnx.load(write_export(of, TARGETS["onnx"], tmp_path / "n.onnx").path)
    sides = [side.dim_param or side.dim_value for side in read.graph.input[0].type.tensor_type.shape.dim]
    assert sides == ["batch", 2, "height", "width"]
    assert {e.key: e.value for e in read.metadata_props}["multiples_of"] == "4"


@pytest.mark.parametrize("text", [WINDOWS, GRID], ids=["windows", "grid"])
def test_windows_and_grids_are_refused_open_sides_before_anything_is_written(text):
    with pytest.raises(UserError, match="--dynamic needs a network without windows and grids; got stem"):
        with_open_sides(of_text(text, (64, 64)))


@pytest.mark.parametrize(
    ("sides", "nearest"), [((24, 64), "32x64"), ((16, 16), "32x32"), ((100, 64), "96x64")], ids=str
)
def test_a_resolution_that_is_no_step_is_refused_with_the_nearest(sides, nearest):
    with pytest.raises(UserError) as error:
        with_open_sides(of_text(MIXED, sides))
    assert str(error.value).splitlines() == [
        f"--dynamic needs a --resolution in multiples of 16 from 32 on; got {sides[0]}x{sides[1]}",
        f"  the nearest is {nearest}",
    ]


@pytest.mark.parametrize("opset", [18, 21, 23])
def test_another_opset_is_written_and_run(tmp_path, opset):
    of = replace(of_text(WINDOWS, (16, 16)), opset=opset)
    read = onnx.load(write_export(of, TARGETS["onnx"], tmp_path / "n.onnx").path)
    assert [entry.version for entry in read.opset_import if not entry.domain] == [opset]


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("onnx", {"opset": 17}, "--opset is a version of ONNX's operators from 18 to 23; got 17"),
        ("onnx", {"opset": 24}, "--opset is a version of ONNX's operators from 18 to 23; got 24"),
        ("timm", {"opset": 20}, "--opset is a version of ONNX's operators, for --to onnx; got 20"),
        ("safetensors", {"dynamic": True}, "--dynamic is for a form that holds the computation"),
    ],
)
def test_an_option_that_a_target_does_not_take_is_told_at_once(name, options, message):
    with pytest.raises(UserError) as error:
        check(TARGETS[name], None, **options)
    assert str(error.value).startswith(message)


@pytest.mark.parametrize("text", [MIXED, WINDOWS, GRID], ids=["mixed", "windows", "grid"])
def test_what_is_written_slides_over_no_table_and_has_ranks_of_five_but_for_windows(text):
    """Converters to LiteRT take no operator of a higher rank but transposes."""
    graph = program(of_text(text, (24, 24))).run_decompositions().graph
    ranks = {
        (str(node.target), node.meta["val"].ndim)
        for node in graph.nodes
        if isinstance(node.meta.get("val"), torch.Tensor)
    }
    assert not any("unfold" in name or "flip" in name for name, _ in ranks)
    allowed = ("aten.view", "aten.permute", "aten.clone", "aten._unsafe_view")
    assert [name for name, rank in ranks if rank > 5 and not name.startswith(allowed)] == []
