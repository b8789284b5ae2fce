"""Where a cost stands among published models."""

import pandas as pd

from dashboards.architecture.published import published_figure, published_models, published_view
from dashboards.colours import LIGHT

MODELS = pd.DataFrame(
    [
        ("MOAT", "MOAT-0", "in1k", 224, 27.8, 5.7, 83.3, "a", ""),
        ("Other", "Other-S", "in1k", 224, 5.0, 1.0, 78.0, "b", "distilled"),
        ("Other", "Other-M", "in1k", 256, 5.5, 1.1, 79.0, "b", ""),
        ("MOAT", "MOAT-0", "in22k+in1k", 224, 27.8, 5.7, 85.7, "a", ""),
    ],
    columns=[
        "family",
        "model",
        "train_data",
        "resolution",
        "params_m",
        "gmacs",
        "top1_percent",
        "source",
        "note",
    ],
)


def test_models_are_grouped_and_the_cost_is_in_the_axis_unit():
    view = published_view(MODELS, 1.05e9, cost="macs")
    assert (view.here, view.axis) == (1.05, "cost (GMACs)")
    assert [dot.group for dot in view.dots] == [
        "MOAT",
        "other families",
        "other families",
        "MOAT, ImageNet-22K first",
    ]
    assert view.dots[1].hover == (
        "Other-S",
        "5.0 M params, 1.0 GMACs, 78.0 %",
        "224 px, ImageNet-1K",
        "b",
        "distilled",
    )


def test_words_name_the_best_that_costs_no_more_and_what_is_near():
    assert published_view(MODELS, 5.2e6, cost="params").words == (
        "Of 3 models trained on ImageNet-1K alone, 1 cost no more; the best of them is Other-S at 224 px "
        "with 78.0 %. The 2 within 15 % of this cost reach 78.0 to 79.0 %."
    )


def test_a_network_smaller_than_all_is_said_to_be():
    words = published_view(MODELS, 1e5, cost="params").words
    assert words == "None of the 3 models trained on ImageNet-1K alone costs as little."


def test_the_line_stands_at_the_network():
    figure = published_figure(published_view(MODELS, 2e9, cost="macs"), LIGHT)
    assert list(figure.data[-1].x) == [2.0, 2.0]
    assert figure.data[-1].name == "this network, top-1 unknown"


def test_the_published_file_is_read():
    models = published_models()
    assert len(models) == 131
    assert published_view(models, 1e9, cost="macs").dots


def test_without_the_file_there_are_no_dots(tmp_path):
    view = published_view(published_models(tmp_path / "none.csv"), 1e9, cost="macs")
    assert view.dots == ()
    assert published_figure(view, LIGHT).data[-1].x[0] == 1.0
