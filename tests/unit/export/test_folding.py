"""Folding takes away norms and changes no output."""

import pytest
import torch
from torch import nn

from moat_lab import build
from moat_lab.errors import UserError
from moat_lab.export.folding import fold, folded
from moat_lab.export.subject import load_subject
from tests.unit.export.trained import disturbed


def norms(model):
    return [name for name, module in model.named_modules() if isinstance(module, nn.BatchNorm2d)]


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("stem(8, 8) | 2x mbconv(se=0.25) @8 for 16px", 7),
        ("stem(8, 8, 8) | 1x mbconv(kernel=5) @16 for 16px", 5),
        ("stem(8) | 1x attn(head=8)+mlp(kernel=3) @16(down=patch) for 16px", 0),
        ("stem(8) | 1x attn(head=8)+mbconv @8(down=dwconv) for 16px", 3),
    ],
)
def test_every_norm_of_the_lab_is_folded(text, folded):
    model = disturbed(build(text, 4))
    without, done, of = fold(model)
    assert (done, of) == (folded, folded)
    assert norms(without) == []
    assert len(norms(model)) == folded
    images = torch.randn(2, 3, 17, 17, generator=torch.manual_seed(0))
    torch.testing.assert_close(without(images), model(images), rtol=1e-5, atol=1e-5)


def test_a_folding_that_changes_outputs_is_refused():
    of = load_subject("stem(8, 8) | 1x mbconv @8 for 16px", num_classes=2)
    with torch.no_grad():
        # The norm takes a million away and adds it again, which rounds its inputs; the folded bias is near 0.
        norm = of.model.stem.norm_0
        norm.running_mean.fill_(1e6)
        norm.bias.fill_(1e6 / (1 + norm.eps) ** 0.5)
    with pytest.raises(UserError, match=r"the model's outputs within 0\.0001; got 0\.\d"):
        folded(of)


@pytest.mark.parametrize(
    ("chain", "done"),
    [
        ([nn.BatchNorm2d(4), nn.Conv2d(4, 6, 1)], 1),
        ([nn.BatchNorm2d(4), nn.Conv2d(4, 6, 1), nn.BatchNorm2d(6)], 2),
        ([nn.BatchNorm2d(4), nn.Conv2d(4, 6, 3, padding=1)], 0),
        ([nn.BatchNorm2d(4), nn.Conv2d(4, 4, 1, groups=2)], 0),
        ([nn.Conv2d(4, 4, 3), nn.GELU(), nn.BatchNorm2d(4)], 0),
        ([nn.Conv2d(4, 4, 3), nn.BatchNorm2d(4), nn.BatchNorm2d(4)], 1),
    ],
    ids=["before 1x1", "around 1x1", "before 3x3", "before groups", "after an activation", "two"],
)
def test_only_what_a_convolution_can_take_over_is_folded(chain, done):
    model = disturbed(nn.Sequential(*chain))
    without, folded, _ = fold(model)
    assert folded == done
    images = torch.randn(2, 4, 5, 5, generator=torch.manual_seed(0))
    torch.testing.assert_close(without(images), model(images), rtol=1e-5, atol=1e-5)
