"""A model computes the same wherever and however it runs, and refuses what it cannot take."""

import io
from copy import deepcopy

import pytest
import torch
from safetensors.torch import load_file, save_file

from moat_lab import build
from moat_lab.errors import UserError
from tests.unit.models.small import SMALL, images, small

CLOSE = {"rtol": 1e-4, "atol": 1e-5}


def test_a_head_of_no_classes_gives_the_features_before_the_classifier():
    model, x = small(), images()
    headless = build(SMALL, 0).eval()
    headless.load_state_dict({n: t for n, t in model.state_dict().items() if "classifier" not in n})
    maps = model.forward_features(x)
    assert maps.shape == (2, 24, 2, 2)
    assert torch.equal(headless(x), model.forward_head(maps, pre_logits=True))
    assert torch.equal(
        model.get_classifier()(model.forward_head(maps, pre_logits=True)[..., None, None])[..., 0, 0],
        model(x),
    )


@pytest.mark.parametrize("side", [1, 17, 32, 45])
def test_images_of_a_batch_do_not_see_each_other_at_any_side(side):
    model, x = small(), images(3, side)
    alone = torch.cat([model(image[None]) for image in x])
    torch.testing.assert_close(model(x), alone, **CLOSE)


@pytest.mark.parametrize(
    "shape", [(3, 32, 32), (2, 1, 32, 32), (2, 32, 32, 3), (2, 3, 0, 32), (2, 3, 32, 0), (1, 2, 3, 32, 32)]
)
@pytest.mark.parametrize("forward", ["forward", "forward_intermediates"])
def test_a_wrong_input_is_a_users_error_with_its_shape(shape, forward):
    with pytest.raises(UserError) as error:
        getattr(small(), forward)(torch.zeros(shape))
    assert str(error.value) == f"the input is (N, 3, H, W) with sides of 1 pixel or more; got {shape}"


def test_intermediates_end_in_what_forward_features_gives():
    model, x = small(), images()
    last, maps = model.forward_intermediates(x)
    assert [tuple(m.shape[1:]) for m in maps] == [(8, 16, 16), (8, 8, 8), (16, 4, 4), (24, 2, 2)]
    assert torch.equal(last, maps[-1])
    assert torch.equal(last, model.forward_features(x))
    first_two = model.forward_intermediates(x, indices=[0, 1], stop_early=True, intermediates_only=True)
    assert [torch.equal(a, b) for a, b in zip(first_two, maps, strict=False)] == [True, True]


def test_intermediates_come_channels_first_only():
    with pytest.raises(UserError, match="output_fmt is NCHW; got NLC"):
        small().forward_intermediates(images(), output_fmt="NLC")


def test_pruning_keeps_the_stages_that_are_asked_for():
    model, x = small(), images()
    expected = model.forward_intermediates(x, intermediates_only=True)[2]
    assert model.prune_intermediate_layers([2]) == [2]
    assert torch.equal(model.forward_features(x), expected)
    assert not any("classifier" in name or name.startswith("stages.2") for name in model.state_dict())


def test_a_reset_classifier_keeps_type_and_every_other_weight():
    model = small().to(torch.bfloat16)
    before = {n: t.clone() for n, t in model.state_dict().items() if "classifier" not in n}
    model.reset_classifier(3)
    after = model.state_dict()
    assert after.pop("head.classifier.weight").shape == (3, 24)
    assert after.pop("head.classifier.bias").dtype == torch.bfloat16
    assert after.keys() == before.keys()
    assert all(torch.equal(after[name], tensor) for name, tensor in before.items())
    assert (model.num_classes, model.head.classifier.training) == (3, False)


def test_a_reset_classifier_stays_on_its_device():
    with torch.device("meta"):
        model = build(SMALL, 5)
    model.reset_classifier(3)
    assert {parameter.device.type for parameter in model.parameters()} == {"meta"}


def test_a_classifier_can_be_taken_away_and_put_back():
    model, x = small(), images()
    model.reset_classifier(0)
    assert model(x).shape == (2, 24)
    assert isinstance(model.get_classifier(), torch.nn.Identity)
    model.reset_classifier(5, "avg")
    assert model(x).shape == (2, 5)


def test_the_head_pools_by_the_mean_only():
    with pytest.raises(UserError, match="global mean"):
        small().reset_classifier(5, "max")


def test_checkpointing_changes_no_output_and_no_gradient():
    plain, x = small(), images()
    saving = deepcopy(plain)
    saving.set_grad_checkpointing()
    outputs = [model(x) for model in (plain, saving)]
    assert torch.equal(*outputs)
    for out in outputs:
        out.square().sum().backward()
    gradients = [[p.grad for p in model.parameters()] for model in (plain, saving)]
    assert all(torch.equal(a, b) for a, b in zip(*gradients, strict=True))
    assert all(gradient.abs().sum() > 0 for gradient in gradients[0])


def test_stochastic_depth_rises_linearly_over_blocks_and_is_one_rate_within():
    model = build("tiny_moat_0", drop_path_rate=0.26)
    rates = {
        ".".join(name.split(".")[:3]): round(module.drop_prob, 6)
        for name, module in model.named_modules()
        if name.endswith("drop_path")
    }
    assert list(rates.values()) == [round(0.02 * i, 6) for i in range(14)]
    within = {
        m.drop_prob for n, m in model.named_modules() if n.startswith("stages.3.block_1") and "drop_path" in n
    }
    assert len(within) == 1
    assert within.pop() == pytest.approx(0.26)


def test_stochastic_depth_acts_in_training_only():
    model = small(drop_path_rate=0.9)
    x = images()
    assert torch.equal(model(x), model(x))
    assert not torch.equal(model.train()(x), model(x))


def test_dropout_stands_before_the_classifier():
    model, x = small(drop_rate=1.0), images()
    assert torch.equal(model.train()(x), model.head.classifier.bias.expand(2, 7))


def test_only_position_tables_are_named_as_free_of_weight_decay():
    assert small().no_weight_decay() == {
        "stages.1.block_0.attn.branch.attention.relative_position",
        "stages.1.block_1.attn.branch.attention.relative_position",
        "stages.2.block_0.attn.branch.attention.relative_position",
    }


def test_a_copy_computes_the_same_and_shares_nothing():
    model, x = small(), images()
    before, copy = model(x), deepcopy(model)
    for parameter in copy.parameters():
        parameter.data.zero_()
    assert torch.equal(model(x), before)
    assert copy.network == model.network


def test_weights_survive_safetensors(tmp_path):
    model, x = small(), images()
    save_file(model.state_dict(), tmp_path / "model.safetensors")
    fresh = build(SMALL, 7).eval()
    fresh.load_state_dict(load_file(tmp_path / "model.safetensors"))
    assert torch.equal(fresh(x), model(x))


def test_channels_last_computes_the_same():
    model, x = small(), images()
    expected = model(x)
    last = model.to(memory_format=torch.channels_last)(x.to(memory_format=torch.channels_last))
    torch.testing.assert_close(last, expected, **CLOSE)


def test_autocast_to_bfloat16_computes_about_the_same():
    model, x = small(), images()
    with torch.autocast("cpu", torch.bfloat16):
        out = model(x)
    assert out.dtype == torch.bfloat16
    torch.testing.assert_close(out.float(), model(x), rtol=0.05, atol=0.1)


def test_double_precision_runs_through():
    assert small().double()(images().double()).dtype == torch.float64


def test_on_the_meta_device_a_model_has_shapes_only():
    with torch.device("meta"):
        model = build("moat_4")
        assert model(torch.empty(2, 3, 224, 224)).shape == (2, 1000)
    assert {parameter.device.type for parameter in model.parameters()} == {"meta"}


def test_an_exported_model_computes_the_same():
    model, x = small(), images()
    buffer = io.BytesIO()
    torch.export.save(torch.export.export(model, (x,)), buffer)
    buffer.seek(0)
    torch.testing.assert_close(torch.export.load(buffer).module()(x), model(x), **CLOSE)


@pytest.mark.filterwarnings("ignore::torch.jit.TracerWarning", "ignore::FutureWarning")
def test_a_traced_model_computes_the_same():
    model, x = small(), images()
    traced = torch.jit.trace(model, x)
    other = images(2) + 1
    torch.testing.assert_close(traced(other), model(other), **CLOSE)


def test_the_same_seed_gives_the_same_weights():
    first, second = (small(seed=3).state_dict() for _ in range(2))
    assert all(torch.equal(first[name], second[name]) for name in first)
