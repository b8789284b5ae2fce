"""Published models as a frontier."""

from functools import partial

import pandas as pd
import pytest

from dashboards.architecture.published import published_models
from dashboards.colours import LIGHT
from dashboards.frontier.benchmarks import benchmarks
from dashboards.frontier.budget_pick import mark_pick, pick_under_budgets
from dashboards.frontier.figure import frontier_figure
from dashboards.frontier.published import (
    describe_pick,
    filtered,
    published_frontier,
    published_table,
    source_url,
    zoo_of,
)

COLUMNS = [
    *("family", "model", "train_data", "resolution"),
    *("params_m", "gmacs", "top1_percent", "source", "note"),
]
MODELS = pd.DataFrame(
    [
        ("MOAT", "MOAT-0", "in1k", 224, 27.8, 5.7, 83.3, "a", ""),
        ("Other", "Other-S [distilled]", "in1k", 224, 5.0, 1.0, 78.0, "b", "distilled"),
        ("Other", "Other-M", "in1k", 256, 5.5, 1.1, 77.0, "b", ""),
        ("MOAT", "MOAT-0", "in22k+in1k", 384, 27.8, 16.0, 85.7, "a", ""),
    ],
    columns=COLUMNS,
)
TABLE = published_table(MODELS)
IMAGENET = benchmarks()["imagenet1k"]
DESCRIBE = partial(describe_pick, IMAGENET)


def test_the_frontier_is_named_and_the_dominated_is_not():
    points = published_frontier(TABLE, IMAGENET, cost="macs", scale="auto").scatter.points
    assert [(p.label, p.cost, p.on_frontier, p.is_labelled) for p in points] == [
        ("Other-S", 1.0, True, True),
        ("Other-M 256", 1.1, False, False),
        ("MOAT-0", 5.7, True, True),
        ("MOAT-0 384", 16.0, True, True),
    ]
    assert [p.is_peer for p in points] == [True, True, False, False]
    assert [p.is_hollow for p in points] == [False, False, False, True]


def test_a_point_says_model_figures_and_source():
    view = published_frontier(TABLE, IMAGENET, cost="params", scale="auto")
    assert view.scatter.cost_label == "parameters (M)"
    assert view.hovers[0] == (
        "Other-S [distilled]", "5.0 M params, 1.0 GMACs, 78.0 %", "224 px, ImageNet-1K", "b", "distilled"
    )  # fmt: skip


def test_filters_leave_what_passes_all_of_them_and_an_empty_one_leaves_all():
    wanted = {"train_data": ["in1k"], "resolution": ["224", "384"], "family": []}
    assert filtered(TABLE, wanted)["model"].tolist() == ["MOAT-0", "Other-S [distilled]"]
    assert len(filtered(TABLE, {"family": []})) == 4


def test_a_hollow_pick_has_a_pink_ring_too():
    pick = pick_under_budgets(TABLE, {"macs": 20e9}, cost="macs", names={}, describe=DESCRIBE)
    view = mark_pick(published_frontier(TABLE, IMAGENET, cost="macs", scale="auto"), pick, cost="macs")
    markers = {trace.marker.symbol: trace.marker for trace in frontier_figure(view, LIGHT).data}
    assert (markers["circle-open"].size, markers["circle-open"].color) == (15, "#CC79A7")


def test_the_pick_is_the_best_under_the_budget_and_says_its_source():
    names = dict(zip(TABLE["key"], TABLE["network"], strict=True))
    pick = pick_under_budgets(TABLE, {"macs": 6e9}, cost="macs", names=names, describe=DESCRIBE)
    assert pick.key == "moat-0-224-in1k"
    assert pick.text.splitlines() == [
        "MOAT-0 224px",
        "top-1 83.3 %, 5.7 G MACs, 27.8 M parameters (a)",
        "Of 3 models under the budget the best. Sources report no intervals, so near ones may be as good.",
    ]


@pytest.mark.parametrize(
    ("model", "name"),
    [
        ("tiny-MOAT-2", "tiny_moat_2"),
        ("Swin-T", "swin_tiny"),
        ("DeiT-Ti", "deit_tiny"),
        ("MaxViT-Small", "maxvit_small"),
        ("MOAT-0 (no position)", None),
        ("ConvNeXt-T", None),
    ],
)
def test_models_that_the_language_can_say_have_their_name_in_the_zoo(model, name):
    assert zoo_of(model) == name


@pytest.mark.parametrize(
    ("source", "url"),
    [
        ("RMT (arXiv 2309.11523) Table 1", "https://arxiv.org/abs/2309.11523"),
        (
            "google-research/deeplab2 g3doc/a.md",
            "https://github.com/google-research/deeplab2/blob/HEAD/g3doc/a.md",
        ),
        ("someone/models README", "https://github.com/someone/models"),
        ("a", None),
    ],
)
def test_a_source_is_linked_where_it_can_be_read(source, url):
    assert source_url(source) == url


def test_every_published_model_has_a_link():
    assert published_models()["source"].map(source_url).notna().all()


def test_every_published_model_has_a_key_of_its_own_that_an_address_can_hold():
    models = published_models()
    table = published_table(models)
    assert len(table) == len(models)
    assert table["key"].str.fullmatch("[a-z0-9-]+").all()


def test_whole_segmenters_are_a_frontier_of_mean_iou_against_all_their_parameters():
    ade20k = benchmarks()["ade20k"]
    table = published_table(ade20k.models, ade20k.column)
    view = published_frontier(table, ade20k, cost="params", scale="auto")
    assert view.scatter.score_label == "ADE20K mIoU (%)"
    assert [(p.label, p.cost, p.score) for p in view.scatter.points if p.is_hollow] == [
        ("MOAT-2", 81, pytest.approx(54.7)),
        ("MOAT-3", 198, pytest.approx(56.5)),
        ("MOAT-4", 496, pytest.approx(57.6)),
    ]
    assert view.hovers[-1] == (
        "MOAT-4", "496.0 M params, 57.6 %", "single scale, ImageNet-22K first", "arXiv 2210.01820 abstract"
    )  # fmt: skip
    pick = pick_under_budgets(
        table, {"params": 20e6}, cost="params", names={}, describe=partial(describe_pick, ade20k)
    )
    assert pick.text.splitlines()[:2] == [
        "tiny-MOAT-2",
        "mIoU 44.9 %, 13 M parameters (Papers with Code leaderboard copy)",
    ]


def test_a_published_detector_says_by_which_schedule():
    (row,) = published_table(benchmarks()["coco"].models, "value").to_dict("records")
    assert (row["key"], row["params"], row["value"]) == ("moat-3-in22k-in1k", 227e6, 59.2)
    assert row["setting"].startswith("Cascade Mask R-CNN, 1344x1344, 36 epochs")
