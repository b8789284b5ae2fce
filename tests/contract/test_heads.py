"""Every head that exists, on networks with every kind of attention."""

import pytest
import torch

from moat_lab.costs import cost_at
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
SMALL = [
    typed_head(text)
    for text in (
        "deeplabv3plus,channels=16",
        "deeplabv3plus,channels=16,output_stride=8",
        "fpn,channels=64",
        "upernet,channels=16",
        "unet,channels=32",
    )
]
NAMES = ["-".join(map(str, head_content(head).values())) for head in SMALL]
EVERY = pytest.mark.parametrize("head", SMALL, ids=NAMES)
EVERY_ATTENTION = pytest.mark.parametrize("attention", ATTENTION)


def network(attention: str):
    block = ATTENTION[attention]
    return to_network(f"stem(8) | 1x mbconv @8 | 1x mbconv @16 | 1x {block} @16 | 1x {block} @24 for 96px")


def test_every_head_is_here_and_its_task_is_one():
    assert {type(head) for head in SMALL} >= {of for of in HEADS.values() if of.task == "segmentation"}
    assert {of.task for of in HEADS.values()} <= set(TASKS)


@EVERY
@EVERY_ATTENTION
def test_a_forward_and_backward_pass_reach_every_weight(head, attention):
    torch.manual_seed(0)
    model = HeadedModel(network(attention), head, classes=5).train()
    outputs = model(torch.randn(2, 3, 64, 96))
    outputs.square().mean().backward()
    assert outputs.shape == (2, 5, 64, 96)
    assert [name for name, weight in model.named_parameters() if weight.grad is None] == []
    assert bool(outputs.isfinite().all())


@EVERY
@pytest.mark.parametrize(
    ("attention", "sides"),
    [("global", (96, 96)), ("windows", (128, 160)), ("shifted", (256, 256)), ("grid", (100, 70))],
    ids=str,
)
def test_the_cost_is_that_of_a_pass_counted_by_torch(head, attention, sides):
    inputs = input_spec(sides, classes=5, head=head)
    cost = cost_at(network(attention), inputs)
    with torch.device("meta"):
        model = built(network(attention), inputs).eval()
        macs, _ = forward_counts(model, torch.empty(1, 3, *sides))
    assert cost.macs == macs
    assert cost.params == sum(weight.numel() for weight in model.parameters())
    parts = cost.rows("stage")
    assert parts[-1].name == "head"
    assert sum(part.count.macs for part in parts) == cost.macs
    assert parts[-1].count.params == sum(weight.numel() for weight in model.head.parameters())


@EVERY
def test_images_of_odd_sides_are_padded_and_their_outputs_cut(head):
    torch.manual_seed(0)
    model = HeadedModel(network("global"), head, classes=5).eval()
    image = torch.randn(1, 3, 50, 61)
    padded = torch.nn.functional.pad(image, (0, -61 % model.stride, 0, -50 % model.stride))
    with torch.no_grad():
        assert torch.equal(model(image), model(padded)[..., :50, :61])


@EVERY
def test_a_head_survives_its_own_content(head):
    assert parsed_head(head_content(head)) == head


@EVERY
def test_a_network_whose_maps_do_not_suffice_is_an_error_that_names_them(head):
    flat = to_network("stem(8, stride=1) | 1x mbconv @8(stride=1) for 32px")
    with pytest.raises(UserError, match=r"are needed; the network has none at .*, but at 1\n"):
        HeadedModel(flat, head, classes=5)
    with pytest.raises(UserError, match="are needed; the network has none"):
        cost_at(flat, input_spec(32, classes=5, head=head))
