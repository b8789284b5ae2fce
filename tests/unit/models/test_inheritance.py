"""What a network takes over of another's weights."""

import pytest
import torch

from moat_lab import build
from moat_lab.heads import parsed_head
from moat_lab.models.headed import HeadedModel
from moat_lab.models.inheritance import inherit
from tests.unit.models.small import SMALL, images, small

SOURCE = small()
STATE = SOURCE.state_dict()


def test_the_same_network_takes_over_everything():
    model = small(seed=1)
    found = inherit(model, STATE)
    assert (found.share, found.named("fresh"), found.unused) == (1.0, [], ())
    assert torch.equal(model(images()), SOURCE(images()))


def test_another_number_of_classes_starts_the_classifier_anew_and_keeps_the_features():
    model = small(seed=1, num_classes=3)
    found = inherit(model, STATE)
    assert found.named("fresh") == ["head.classifier.weight", "head.classifier.bias"]
    assert found.fresh_body == []
    assert found.share == pytest.approx(1 - 75 / sum(found.sizes.values()))
    assert torch.equal(model.forward_features(images()), SOURCE.forward_features(images()))


def test_windows_and_another_resolution_resize_the_position_tables():
    windows = build(SMALL.replace("mbconv+attn(head=8) @16", "mbconv+attn(window=2, head=8) @16"), 7)
    found = inherit(windows, STATE)
    assert len(found.named("resized")) == 2
    larger = build(SMALL.replace("32px", "64px"), 7).eval()
    assert len(inherit(larger, STATE).named("resized")) == 2
    at_64 = small(seed=1)
    at_64.load_state_dict(STATE)
    at_64.set_input_size(64)
    assert torch.equal(larger(images(side=64)), at_64.eval()(images(side=64)))


def test_one_channel_sums_the_first_convolution_and_three_share_a_single_one():
    grey = small(seed=1, in_chans=1)
    found = inherit(grey, STATE)
    assert found.named("other channels") == ["stem.conv_0.weight"]
    picture = images(channels=1)
    torch.testing.assert_close(grey(picture), SOURCE(picture.expand(-1, 3, -1, -1)))
    colour = small(seed=2)
    inherit(colour, grey.state_dict())
    torch.testing.assert_close(colour(picture.expand(-1, 3, -1, -1)), grey(picture))


def test_stages_in_common_are_taken_and_what_is_left_is_named():
    other = build(SMALL.replace("| 1x attn(window=2, head=8)+mlp @24(down=patch)", "| 1x mbconv @24"), 7)
    found = inherit(other, STATE)
    taken = {name.split(".block_")[0] for name in found.named("taken")}
    assert {"stages.0", "stages.1"} <= taken
    assert all(name.startswith("stages.2") for name in found.fresh_body)
    assert "stages.2.block_0.attn.branch.attention.qkv.weight" in found.unused


def test_a_backbone_of_another_task_takes_the_features_of_a_classifier_and_gives_them_back():
    segmenter = HeadedModel(SOURCE.network, parsed_head({"kind": "fpn", "channels": 64}), classes=4)
    found = inherit(segmenter, STATE)
    assert not [name for name in found.named("fresh") if name.startswith("backbone.")]
    back = small(seed=1)
    returned = inherit(back, segmenter.state_dict())
    assert {name.split(".")[0] for name in returned.named("fresh")} == {"head"}
    assert torch.equal(back.forward_features(images()), SOURCE.forward_features(images()))
