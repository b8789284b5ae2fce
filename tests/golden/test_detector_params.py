"""Parameters of MOAT with Cascade Mask R-CNN, beside what is published: see docs/detection.md."""

import pytest

from moat_lab.costs import cost_at
from moat_lab.grammar import to_network
from moat_lab.heads import typed_head
from moat_lab.ops import input_spec

COUNTED = {
    "moat_0": (27_076_356, 74_992_227),
    "moat_1": (40_827_912, 88_743_783),
    "moat_2": (72_395_360, 120_434_111),
    "moat_3": (188_674_480, 236_836_111),
    "tiny_moat_0": (3_097_836, 50_767_947),
    "tiny_moat_1": (4_801_255, 52_502_086),
    "tiny_moat_2": (9_322_845, 57_085_116),
    "tiny_moat_3": (18_892_110, 66_746_541),
}
PUBLISHED_MOAT_3 = 227e6


@pytest.mark.parametrize("name", COUNTED)
def test_backbone_and_whole(name):
    backbone, whole = COUNTED[name]
    cost = cost_at(to_network(name), input_spec(224, classes=80, head=typed_head("cascade_mask_rcnn")))
    head = cost.rows("stage")[-1].count.params
    assert (cost.params - head, cost.params) == (backbone, whole)


def test_moat_3_is_4_percent_larger_than_published():
    assert COUNTED["moat_3"][1] / PUBLISHED_MOAT_3 == pytest.approx(1.043, abs=0.001)


def test_each_box_head_has_14_million():
    from moat_lab.models.headed import built

    model = built(
        to_network("tiny_moat_0"), input_spec(224, classes=80, head=typed_head("cascade_mask_rcnn"))
    )
    stages = model.head.finder.regions.stages
    sizes = [sum(weight.numel() for weight in stage.parameters()) for stage in stages]
    assert sizes == [7 * 7 * 256 * 1024 + 1024 + 1024 * 1024 + 1024 + 1024 * 81 + 81 + 1024 * 4 + 4] * 3
