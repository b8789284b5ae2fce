"""What timm's users call."""

import pytest
import timm
import torch
from safetensors.torch import save_file
from timm.data import resolve_data_config
from timm.models._manipulate import group_parameters
from timm.optim import param_groups_layer_decay

from moat_lab import ZOO
from tests.unit.models.small import SMALL, images, small


@pytest.mark.parametrize("name", ZOO)
def test_every_network_of_the_zoo_is_in_timms_registry(name):
    with torch.device("meta"):
        assert str(timm.create_model(name).network) == ZOO[name]


def test_create_model_runs_with_other_classes_and_channels():
    model = timm.create_model("tiny_moat_0", num_classes=7, in_chans=1).eval()
    assert model(torch.randn(2, 1, 97, 33)).shape == (2, 7)
    assert timm.create_model("tiny_moat_0", num_classes=0).eval()(torch.randn(1, 3, 64, 64)).shape == (1, 256)


def test_there_are_no_pretrained_weights_and_asking_for_them_says_so():
    with pytest.raises(RuntimeError, match="No pretrained weights exist for tiny_moat_0"):
        timm.create_model("tiny_moat_0", pretrained=True)


def test_a_networks_text_makes_a_variant():
    assert str(timm.create_model("tiny_moat_0", network=SMALL).network) == SMALL


def test_weights_are_read_from_a_checkpoint(tmp_path):
    model, x = small(), images()
    path = tmp_path / "small.safetensors"
    save_file(model.state_dict(), path)
    read = timm.create_model("tiny_moat_0", network=SMALL, num_classes=7, checkpoint_path=str(path))
    assert torch.equal(read.eval()(x), model(x))


def test_the_default_configuration_is_the_official_preprocessing():
    config = resolve_data_config(model=timm.create_model("tiny_moat_0"))
    assert config["input_size"] == (3, 224, 224)
    assert config["mean"] == config["std"] == (0.5, 0.5, 0.5)
    assert config["interpolation"] == "bicubic"


def test_the_default_configuration_names_first_convolution_and_classifier():
    model = timm.create_model("tiny_moat_0")
    assert model.get_submodule(model.default_cfg["first_conv"]) is model.stem.conv_0
    assert model.get_submodule(model.default_cfg["classifier"]) is model.get_classifier()


@pytest.mark.parametrize(
    ("name", "reductions", "channels"),
    [
        ("tiny_moat_0", [2, 4, 8, 16, 32], [32, 32, 64, 128, 256]),
        ("swin_tiny", [4, 4, 8, 16, 32], [96, 96, 192, 384, 768]),
        ("deit_tiny", [16, 16], [192, 192]),
    ],
)
def test_features_of_every_stage(name, reductions, channels):
    with torch.device("meta"):
        model = timm.create_model(name, features_only=True)
        maps = model(torch.empty(1, 3, 224, 224))
    assert model.feature_info.reduction() == reductions
    assert model.feature_info.channels() == channels
    sides = [224 // reduction for reduction in reductions]
    assert [tuple(m.shape) for m in maps] == [(1, c, s, s) for c, s in zip(channels, sides, strict=True)]


def test_features_of_chosen_stages_are_those_of_the_whole_model():
    whole, x = small(), images()
    chosen = timm.create_model("tiny_moat_0", network=SMALL, features_only=True, out_indices=(0, 2)).eval()
    chosen.model.load_state_dict(
        {
            n: t
            for n, t in whole.state_dict().items()
            if n.startswith(("stem", "stages.0", "stages.1", "head.norm"))
        }
    )
    maps = whole.forward_intermediates(x, intermediates_only=True)
    assert chosen.feature_info.reduction() == [2, 8]
    assert all(torch.equal(a, b) for a, b in zip(chosen(x), [maps[0], maps[2]], strict=True))


def test_groups_go_from_stem_to_classifier_block_by_block():
    groups = group_parameters(small(), small().group_matcher(), reverse=True)
    depths = {".".join(name.split(".")[:3]): depth for name, depth in groups.items()}
    assert depths == {
        "stem.conv_0.weight": 0,
        "stem.conv_0.bias": 0,
        "stem.norm_0.weight": 0,
        "stem.norm_0.bias": 0,
        "stem.conv_1.weight": 0,
        "stem.conv_1.bias": 0,
        "stages.0.block_0": 1,
        "stages.1.block_0": 2,
        "stages.1.block_1": 3,
        "stages.2.downsample": 4,
        "stages.2.block_0": 4,
        "head.norm.weight": 4,
        "head.norm.bias": 4,
        "head.classifier.weight": 5,
        "head.classifier.bias": 5,
    }


def test_coarse_groups_are_stages():
    groups = group_parameters(small(), small().group_matcher(coarse=True), reverse=True)
    assert {name.split(".")[1]: depth for name, depth in groups.items() if "stages" in name} == {
        "0": 1,
        "1": 2,
        "2": 3,
    }


@pytest.mark.parametrize("name", ["tiny_moat_0", "coatnet_0", "swin_tiny", "maxvit_tiny"])
@pytest.mark.parametrize("coarse", [False, True])
def test_every_parameter_has_a_group(name, coarse):
    with torch.device("meta"):
        model = timm.create_model(name)
    groups = group_parameters(model, model.group_matcher(coarse), reverse=True)
    assert groups.keys() == dict(model.named_parameters()).keys()


def test_layer_decay_scales_down_towards_the_stem_and_spares_position_tables():
    model = small()
    names = {id(parameter): name for name, parameter in model.named_parameters()}
    settings = {
        names[id(parameter)]: (group["lr_scale"], group["weight_decay"])
        for group in param_groups_layer_decay(model, 0.05, model.no_weight_decay(), layer_decay=0.5)
        for parameter in group["params"]
    }
    assert len(settings) == len(names)
    assert settings["head.classifier.weight"] == (1, 0.05)
    assert settings["stages.2.downsample.conv.weight"] == (0.5, 0.05)
    assert settings["stem.conv_0.weight"] == (0.5**5, 0.05)
    assert settings["stages.1.block_1.attn.branch.attention.relative_position"] == (0.25, 0)
    assert settings["head.norm.bias"] == (0.5, 0)
