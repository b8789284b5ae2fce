"""What timm's own tests ask of any of its models, of every MOAT and of a network with all kinds of attention.

The rows are those of timm's tests/test_models.py. What needs numbers runs on the smallest MOAT at a low
resolution; the others have shapes and no memory, on the meta device.
"""

import importlib.util

import pytest
import timm
import torch
from torchvision.models.feature_extraction import create_feature_extractor

import moat_lab.models  # noqa: F401  puts its networks into timm's registry
from moat_lab.errors import UserError
from moat_lab.models import Model

pytestmark = [
    pytest.mark.filterwarnings("ignore:.*torch.jit.script.* is deprecated:FutureWarning"),
    pytest.mark.filterwarnings("ignore:The TorchScript type system:UserWarning"),
]

MOATS = [f"moat_{i}" for i in range(5)] + [f"tiny_moat_{i}" for i in range(4)]
WINDOWS_AND_GRID = (
    "stem(8, 8) | 1x mbconv(se=0.25) @8 | 1x mbconv(kernel=5)+attn(window=3, shift=1, head=8) @16 "
    "| 1x attn(head=8)+mlp(kernel=3) @16(down=dwconv) "
    "| 2x attn(grid=2, head=8)+attn(window=3, weights=uniform)+mlp @24(down=patch) for 64px"
)
OURS = ["tiny_moat_0", "windows and grid"]
EVERY = pytest.mark.parametrize("name", [*MOATS, "windows and grid"])
SMALL = pytest.mark.parametrize("name", OURS)
SIDE = 64


def created(name: str, **options) -> torch.nn.Module:
    if name == "windows and grid":
        return timm.create_model("moat_lab_network", network=WINDOWS_AND_GRID, **options)
    return timm.create_model(name, **options)


def images(batch: int = 1, side: int = SIDE) -> torch.Tensor:
    return torch.randn(batch, 3, side, side, generator=torch.manual_seed(0))


def default_images(model: torch.nn.Module, batch: int = 1) -> torch.Tensor:
    return torch.empty(batch, *model.default_cfg["input_size"], device="meta")


def without_gradient(model: torch.nn.Module) -> list[str]:
    return [name for name, parameter in model.named_parameters() if parameter.grad is None]


@EVERY
def test_forward_gives_a_row_of_logits_for_each_image(name):
    model = created(name, device="meta").eval()
    assert model(default_images(model, batch=2)).shape == (2, 1000)


@SMALL
def test_backward_reaches_every_parameter(name):
    model = created(name, num_classes=42).train()
    outputs = model(images(2))
    outputs.mean().backward()
    assert outputs.shape == (2, 42)
    assert without_gradient(model) == []
    assert not outputs.isnan().any()


@EVERY
def test_the_default_configuration_says_what_comes_out(name):
    model = created(name, device="meta").eval()
    x, pool, width = default_images(model), model.default_cfg["pool_size"], model.num_features
    assert model.forward_features(x).shape == (1, width, *pool)
    assert f"{model.default_cfg['first_conv']}.weight" in model.state_dict()
    assert f"{model.default_cfg['classifier']}.weight" in model.state_dict()
    model.reset_classifier(0)
    assert model(x).shape == (1, width)
    model.reset_classifier(0, "")
    assert model(x).shape == (1, width, *pool)
    assert created(name, device="meta", num_classes=0, global_pool="")(x).shape == (1, width, *pool)


@SMALL
def test_without_pooling_there_is_the_last_map_or_logits_at_each_pixel(name):
    model, x = created(name).eval(), images()
    last, pooled = model.forward_features(x), model(x)
    model.reset_classifier(0, "")
    assert torch.equal(model(x), last)
    assert list(model.head.parameters()) == []
    model.reset_classifier(1000, "avg")
    assert model(x).shape == pooled.shape
    assert created(name, global_pool="", num_classes=5)(x).shape == (1, 5, *last.shape[2:])


@pytest.mark.parametrize("pool", ["max", "avgmax", "AVG"])
def test_another_pooling_is_an_error_that_names_both(pool):
    expected = f"global_pool is 'avg', the global mean, or '' for no pooling; got '{pool}'"
    with pytest.raises(UserError) as error:
        created("windows and grid", global_pool=pool)
    assert str(error.value) == expected
    with pytest.raises(UserError) as error:
        created("windows and grid").reset_classifier(5, pool)
    assert str(error.value) == expected


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float64])
def test_a_model_is_made_on_a_device_and_of_a_type(dtype):
    model = created("windows and grid", dtype=dtype)
    assert {tensor.dtype for tensor in model.parameters()} == {dtype}
    assert model.eval()(images().to(dtype)).dtype == dtype
    on_meta = created("windows and grid", device="meta", dtype=dtype)
    assert {(tensor.device.type, tensor.dtype) for tensor in on_meta.parameters()} == {("meta", dtype)}


@pytest.mark.parametrize("side", [32, 96])
def test_another_input_size_is_the_design_resolution_and_changes_no_output_there(side):
    model, x = created("windows and grid").eval(), images(side=side)
    with torch.no_grad():
        for name in model.no_weight_decay():
            model.get_parameter(name).normal_()
    before = model(x)
    model.set_input_size((side, side))
    assert torch.equal(model(x), before)
    assert model.network.resolution == side
    like = created("windows and grid", img_size=side).state_dict()
    assert {name: t.shape for name, t in model.state_dict().items()} == {n: t.shape for n, t in like.items()}


def test_weights_of_another_resolution_are_read_with_their_tables_resized(tmp_path):
    model = created("windows and grid")
    torch.save(model.state_dict(), tmp_path / "weights.pth")
    source = {"file": str(tmp_path / "weights.pth")}
    read = created("windows and grid", img_size=96, pretrained=True, pretrained_cfg_overlay=source).eval()
    model.set_input_size(96)
    assert torch.equal(read(images(side=96)), model.eval()(images(side=96)))


def test_an_input_size_has_one_side():
    with pytest.raises(UserError, match="one side, pixels, that position tables are made for; got 64x96"):
        created("windows and grid", img_size=(64, 96))


@SMALL
def test_torchscript_computes_the_same(name):
    model, x = created(name).eval(), images()
    with torch.no_grad():
        assert torch.equal(torch.jit.script(model)(x), model(x))


@EVERY
@pytest.mark.parametrize("kind", ["getter", "hook", "list", "dict", "fx"])
def test_features_have_the_channels_and_reductions_that_feature_info_says(name, kind):
    model = created(name, features_only=True, feature_cls=kind, device="meta").eval()
    maps = model(default_images(model))
    maps = list(maps.values()) if isinstance(maps, dict) else maps
    side = model.default_cfg["input_size"][-1]
    expected = zip(model.feature_info.channels(), model.feature_info.reduction(), strict=True)
    assert [tuple(m.shape) for m in maps] == [(1, c, side // r, side // r) for c, r in expected]
    assert len(maps) == 5


@SMALL
@pytest.mark.parametrize("kind", ["getter", "hook", "list", "dict", "fx"])
@pytest.mark.parametrize("chosen", [None, (1, 3), (-2, -1)])
def test_every_parameter_of_a_feature_extractor_has_a_gradient(name, kind, chosen):
    options = {"out_indices": chosen} if chosen else {}
    model = created(name, features_only=True, feature_cls=kind, **options).train()
    maps = model(images(2))
    last = (list(maps.values()) if isinstance(maps, dict) else maps)[-1]
    last.square().sum().backward()
    assert without_gradient(model) == []


@SMALL
@pytest.mark.parametrize("kind", ["hook", "list", "dict", "fx"])
def test_every_kind_of_feature_extractor_gives_the_same_maps(name, kind):
    x, seen = images(), []
    for one in ("getter", kind):
        torch.manual_seed(0)
        maps = created(name, features_only=True, feature_cls=one).eval()(x)
        seen.append(list(maps.values()) if isinstance(maps, dict) else maps)
    assert all(torch.equal(a, b) for a, b in zip(*seen, strict=True))


def test_a_feature_extractor_reads_weights_written_with_the_heads_norm():
    """Extractors had it before, without a use."""
    whole = created("windows and grid")
    state = {f"model.{n}": t for n, t in whole.state_dict().items() if "classifier" not in n}
    assert "model.head.norm.weight" in state
    features = created("windows and grid", features_only=True)
    features.load_state_dict(state)
    assert torch.equal(features.eval()(images())[-1], whole.eval().forward_features(images()))


@SMALL
def test_a_traced_graph_computes_the_same_and_can_be_scripted(name):
    model, x = created(name).eval(), images()
    graph = torch.fx.symbolic_trace(model)
    with torch.no_grad():
        assert torch.equal(graph(x), model(x))
        assert torch.equal(graph(images(side=49)), model(images(side=49)))
        assert torch.equal(torch.jit.script(graph)(x), model(x))


@SMALL
def test_backward_through_a_traced_graph_reaches_every_parameter(name):
    graph = torch.fx.symbolic_trace(created(name, num_classes=42, drop_path_rate=0.1).train())
    graph(images(2)).mean().backward()
    assert without_gradient(graph) == []


@pytest.mark.parametrize("name", MOATS)
def test_every_moat_can_be_traced(name):
    model = created(name, device="meta").eval()
    assert torch.fx.symbolic_trace(model)(default_images(model)).shape == (1, 1000)


@SMALL
def test_torchvision_takes_a_stages_map(name):
    model, x = created(name).eval(), images()
    extractor = create_feature_extractor(model, ["stem", "stages.1"])
    maps = model.forward_intermediates(x, indices=[0, 2], intermediates_only=True)
    assert all(torch.equal(a, b) for a, b in zip(extractor(x).values(), maps, strict=True))


@pytest.mark.parametrize("shape", [(1, 1, 64, 64), (3, 64, 64)])
def test_a_traced_graph_still_refuses_a_wrong_input(shape):
    graph = torch.fx.symbolic_trace(created("windows and grid"))
    with pytest.raises(UserError, match=r"the input is \(N, 3, H, W\)"):
        graph(torch.zeros(shape))


@EVERY
@pytest.mark.parametrize("stride", [8, 16, 32])
def test_an_output_stride_keeps_later_maps_at_its_size(name, stride):
    model = created(name, features_only=True, output_stride=stride, device="meta").eval()
    side = model.default_cfg["input_size"][-1]
    reductions = [min(reduction, stride) for reduction in (2, 4, 8, 16, 32)]
    assert model.feature_info.reduction() == reductions
    assert [m.shape[-1] for m in model(default_images(model))] == [side // r for r in reductions]


@SMALL
def test_an_output_stride_keeps_every_weight_and_its_shape(name):
    plain = created(name, device="meta").state_dict()
    dense = created(name, device="meta", output_stride=8).state_dict()
    assert {n: t.shape for n, t in dense.items()} == {n: t.shape for n, t in plain.items()}


def dilations(model: Model) -> dict[str, tuple[int, int]]:
    """(stride, dilation) of the convolutions larger than a pixel in the last two stages."""
    return {
        name: (module.stride[0], module.dilation[0])
        for name, module in model.named_modules()
        if isinstance(module, torch.nn.Conv2d)
        and module.kernel_size[0] > 1
        and "stages.2" <= name < "stages.4"
    }


def test_depthwise_convolutions_after_a_removed_stride_are_dilated_as_in_timm():
    """The convolution that lost its stride sees what it saw; all later ones step over what is new."""
    first, later = "block_0.mbconv.branch.depthwise_conv", "block_1.mbconv.branch.depthwise_conv"
    seen = dilations(created("tiny_moat_0", output_stride=8, device="meta"))
    assert seen[f"stages.2.{first}"] == (1, 1)
    assert seen[f"stages.2.{later}"] == (1, 2)
    assert seen[f"stages.3.{first}"] == (1, 2)
    assert seen[f"stages.3.{later}"] == (1, 4)
    peer = timm.create_model("convnext_atto", output_stride=8, device="meta")
    assert [peer.stages[2].blocks[1].conv_dw.dilation[0], peer.stages[3].blocks[1].conv_dw.dilation[0]] == [
        2,
        4,
    ]


def test_every_way_of_downsampling_can_lose_its_stride():
    assert dilations(created("windows and grid", output_stride=8, device="meta")) == {
        "stages.2.downsample.depthwise": (1, 1),
        "stages.2.block_0.mlp.branch.depthwise_conv": (1, 2),
        "stages.3.downsample.conv": (1, 2),
    }


@pytest.mark.parametrize(("stride", "first", "step"), [(2, 1, 2), (1, 3, 4)])
def test_a_dilated_network_computes_the_strided_one_at_its_pixels(stride, first, step):
    """Far from the edges; convolutions alone, for attention over a larger map is another."""
    text = "stem(4, stride=1) | 1x mlp(kernel=3) @4(down=dwconv) | 2x mlp(kernel=3) @4(down=dwconv) for 64px"
    options = {"network": text, "num_classes": 0, "global_pool": "", "dtype": torch.float64}
    strided = timm.create_model("moat_lab_network", **options).eval()
    dense = timm.create_model("moat_lab_network", output_stride=stride, **options).eval()
    dense.load_state_dict(strided.state_dict())
    x = images().double()
    sampled = dense(x)[..., first::step, first::step]
    torch.testing.assert_close(sampled[..., 4:-4, 4:-4], strided(x)[..., 4:-4, 4:-4])


@pytest.mark.parametrize(
    ("name", "stride", "message"),
    [
        ("tiny_moat_0", 12, "output_stride is one of 2, 4, 8, 16, 32, as the stem's stride stays; got 12"),
        ("deit_tiny", 8, "output_stride is one of 16, 32, as the stem's stride stays; got 8"),
    ],
)
def test_a_stride_that_cannot_be_is_an_error(name, stride, message):
    with pytest.raises(UserError) as error:
        timm.create_model(name, output_stride=stride, device="meta")
    assert str(error.value) == message


@SMALL
def test_a_decoder_on_dilated_features_trains(name):
    """What DeepLabV3+ of segmentation-models-pytorch asks of an encoder: its levels 1 and 4."""
    model = created(name, features_only=True, output_stride=16, out_indices=(0, 1, 2, 3, 4)).train()
    maps = model(images(2))
    assert [m.shape[-1] for m in maps] == [32, 16, 8, 4, 4]
    high = torch.nn.functional.interpolate(maps[4].mean(1, keepdim=True), scale_factor=4)
    (high + maps[1].mean(1, keepdim=True)).sum().backward()
    assert without_gradient(model) == []


@pytest.mark.skipif(
    importlib.util.find_spec("segmentation_models_pytorch") is None,
    reason="segmentation-models-pytorch is not installed",
)
@pytest.mark.parametrize("stride", [8, 16])
def test_deeplab_of_segmentation_models_trains_on_a_moat(stride):
    import segmentation_models_pytorch as smp

    model = smp.DeepLabV3Plus(
        "tu-tiny_moat_0", encoder_weights=None, encoder_output_stride=stride, classes=3
    ).train()
    outputs = model(images(2))
    assert outputs.shape == (2, 3, SIDE, SIDE)
    outputs.mean().backward()
    assert without_gradient(model) == []


@SMALL
def test_gradient_checkpointing_changes_no_output_gradient_or_buffer(name):
    seen = []
    for enable in (False, True):
        torch.manual_seed(0)
        model = created(name, num_classes=5, drop_path_rate=0.3).train()
        model.set_grad_checkpointing(enable)
        torch.manual_seed(1)
        outputs = model(images(2))
        outputs.square().sum().backward()
        seen.append([outputs, *(p.grad for p in model.parameters()), *model.buffers()])
    assert all(torch.equal(a, b) for a, b in zip(*seen, strict=True))
    assert int(model.stages[0].block_0.mbconv.branch.pre_norm.num_batches_tracked) == 1


@pytest.mark.parametrize("momentum", [0.1, None])
def test_checkpointing_of_a_compiled_model_changes_no_buffer(momentum):
    seen = []
    for enable in (False, True):
        torch.manual_seed(0)
        model = created("windows and grid", num_classes=5).train()
        for module in model.modules():
            if isinstance(module, torch.nn.BatchNorm2d):
                module.momentum = momentum
        model.set_grad_checkpointing(enable)
        called = torch.compile(model, backend="aot_eager") if enable else model
        called(images(2)).square().sum().backward()
        seen.append([*(p.grad for p in model.parameters()), *model.buffers()])
    assert all(torch.equal(a, b) for a, b in zip(*seen, strict=True))


@pytest.mark.parametrize("training", [False, True])
def test_a_checkpointed_feature_extractor_leaves_averages_as_a_plain_one(training):
    seen = []
    for enable in (False, True):
        torch.manual_seed(0)
        model = created("windows and grid", features_only=True).train(training)
        model.model.set_grad_checkpointing(enable)
        model(images(2))[-1].sum().backward()
        seen.append([*(p.grad for p in model.parameters()), *model.buffers()])
    assert all(torch.equal(a, b) for a, b in zip(*seen, strict=True))
