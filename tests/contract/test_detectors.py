"""Every head that finds things, on networks with every kind of attention."""

import pytest
import torch

from moat_lab.costs import cost_at
from moat_lab.data.objects import Objects
from moat_lab.errors import UserError
from moat_lab.grammar import to_network
from moat_lab.heads import HEADS, head_content, parsed_head, typed_head
from moat_lab.heads.counter import forward_counts
from moat_lab.models.headed import HeadedModel, built
from moat_lab.ops import input_spec
from moat_lab.tasks import TASKS

ATTENTION = {
    "global": "mbconv+attn(head=8)",
    "windows": "mbconv+attn(window=4, head=8)",
    "shifted": "mbconv+attn(window=4, shift=2, head=8)",
    "grid": "mbconv+attn(grid=4, head=8)",
}
REGIONAL = "channels=16,hidden=32,scale=4,proposals=50,samples=32"
SMALL = {
    "fcos": typed_head("fcos,channels=64,layers=1,finest=4,coarser=false"),
    "fcos-coarser": typed_head("fcos,channels=64,layers=1"),
    **{kind: typed_head(f"{kind},{REGIONAL}") for kind in ("faster_rcnn", "mask_rcnn", "cascade_mask_rcnn")},
}
EVERY = pytest.mark.parametrize("head", SMALL.values(), ids=SMALL)


def network(attention: str):
    block = ATTENTION[attention]
    return to_network(f"stem(8) | 1x mbconv @8 | 1x mbconv @16 | 1x {block} @16 | 1x {block} @24 for 96px")


def two_things(height: int, width: int) -> Objects:
    """Of two images: the first has a thing, a crowd and room; the second has nothing."""
    instances = torch.full((2, height, width), -1, dtype=torch.int16)
    instances[0, 10:40, 20:60] = 0
    boxes = torch.zeros(2, 3, 4)
    boxes[0, 0], boxes[0, 1] = torch.tensor([20, 10, 60, 40]), torch.tensor([0, 50, 30, 70])
    classes = torch.tensor([[2, 1, -1], [-1, -1, -1]])
    crowd = torch.tensor([[False, True, False], [False] * 3])
    return Objects(classes=classes, boxes=boxes, crowd=crowd, instances=instances)


def test_every_head_of_these_tasks_is_here():
    wanted = {of for of in HEADS.values() if of.task in ("detection", "instances")}
    assert {type(head) for head in SMALL.values()} == wanted


@EVERY
@pytest.mark.parametrize("attention", ATTENTION)
def test_a_pass_reaches_every_weight_and_finds_things_within_the_image(head, attention):
    torch.manual_seed(0)
    height, width = (96, 96) if attention == "global" else (128, 160)
    model, labels = HeadedModel(network(attention), head, classes=3), two_things(height, width)
    images = torch.randn(2, 3, height, width)
    model.train()(images, labels)["loss"].backward()
    assert [name for name, weight in model.named_parameters() if weight.grad is None] == []
    with torch.no_grad():
        found = model.eval()(images)["found"]
    assert len(found) == 2
    for each in found:
        assert 0 < len(each["boxes"]) <= 100
        assert bool((each["boxes"] >= 0).all())
        assert bool((each["boxes"] <= torch.tensor([width, height] * 2)).all())
        assert set(each["labels"].tolist()) <= {0, 1, 2}
        assert bool(((each["scores"] > 0.05) & (each["scores"] <= 1)).all())
        assert ("masks" in each) == (head.task == "instances")


@EVERY
def test_the_loss_of_a_validation_is_the_same_each_time_and_draws_nothing(head):
    torch.manual_seed(0)
    model, labels = HeadedModel(network("global"), head, classes=3).eval(), two_things(96, 96)
    images = torch.randn(2, 3, 96, 96)
    state = torch.get_rng_state()
    with torch.no_grad():
        first, again = (model(images, labels) for _ in range(2))
    assert torch.equal(first["loss"], again["loss"])
    assert torch.equal(torch.get_rng_state(), state)
    assert not any(module.training for module in model.modules())


@EVERY
def test_images_without_things_have_a_loss(head):
    torch.manual_seed(0)
    model, labels = HeadedModel(network("global"), head, classes=3).train(), two_things(96, 96)[[1, 1]]
    loss = model(torch.randn(2, 3, 96, 96), labels)["loss"]
    loss.backward()
    assert bool(loss.isfinite())
    assert float(loss.detach()) > 0


@EVERY
@pytest.mark.parametrize("sides", [(96, 96), (100, 70)], ids=str)
def test_the_cost_is_that_of_a_pass_with_so_many_boxes(head, sides):
    """Counted by torch while the model finds things; the boxes that it classifies and masks are noted."""
    torch.manual_seed(0)
    model, boxes, masks = built(network("windows"), input_spec(sides, classes=3, head=head)).eval(), [], []
    regions = getattr(model.head.finder, "regions", None)
    if regions:
        first = getattr(regions, "stages", [regions])[0]
        first.box_head.register_forward_pre_hook(lambda _, given: boxes.append(len(given[0])))
    if head.task == "instances":
        regions.mask_head.register_forward_pre_hook(lambda _, given: masks.append(len(given[0])))
    macs, _ = forward_counts(model, torch.randn(1, 3, *sides))
    if boxes:
        head = parsed_head(head_content(head) | {"proposals": boxes[0]})
    cost = cost_at(network("windows"), input_spec(sides, classes=3, head=head))
    # The cost is of a mask for each box, of 100 at most; the pass made as many as were found.
    stated = mask_macs(model, min(boxes[0], 100)) - mask_macs(model, masks[0]) if masks else 0
    assert cost.macs == macs + stated
    assert cost.params == sum(weight.numel() for weight in model.parameters())


def mask_macs(model, masks: int) -> int:
    regions = model.head.finder.regions
    layers = torch.nn.Sequential(regions.mask_head, regions.mask_predictor)
    return forward_counts(layers, torch.zeros(masks, 16, 14, 14))[0]


@EVERY
def test_a_head_survives_its_own_content(head):
    assert parsed_head(head_content(head)) == head


@EVERY
def test_a_network_without_coarse_maps_is_an_error_that_names_those_it_has(head):
    flat = to_network("stem(8, stride=1) | 1x mbconv @8(stride=1) for 32px")
    with pytest.raises(UserError, match=r"a map at stride \d or more is needed; the network has maps at 1\n"):
        HeadedModel(flat, head, classes=5)


def test_scores_of_the_cascade_are_the_mean_over_its_three_heads():
    torch.manual_seed(0)
    model = HeadedModel(network("global"), SMALL["cascade_mask_rcnn"], classes=3).eval()
    stages, logits = model.head.finder.regions.stages, []
    for stage in stages:
        stage.box_predictor.register_forward_hook(lambda _, __, outputs: logits.append(outputs[0]))
    with torch.no_grad():
        found = model(torch.randn(1, 3, 96, 96))["found"][0]
    mean = sum(each.softmax(dim=1) for each in logits) / 3
    assert len(logits) == 3
    best = found["scores"].max()
    assert float(best) == pytest.approx(float(mean[:, 1:].max()), rel=1e-5)
    assert [stage.proposal_matcher.high_threshold for stage in stages] == [0.5, 0.6, 0.7]
    assert [stage.box_coder.weights for stage in stages] == [
        (10.0, 10.0, 5.0, 5.0),
        (20.0, 20.0, 10.0, 10.0),
        (30.0, 30.0, 15.0, 15.0),
    ]


def test_tasks_take_these_heads_where_a_recipe_names_none():
    assert [type(TASKS[task].head).__name__ for task in ("detection", "instances")] == [
        "FullyConvolutional",
        "MaskRCNN",
    ]
