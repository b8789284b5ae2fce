"""Predictions beside labels: which classes are named, and that the figure can be drawn."""

import numpy as np

from moat_lab.report.predictions import PredictedImage, PredictionsInfo
from moat_lab.report.predictions.figure import classes_seen, draw_predictions, grey
from moat_lab.report.style import figure_bytes
from moat_lab.tasks.overlay import Overlay, OverlayBox

RED = np.full((4, 6, 3), (200, 0, 0), dtype=np.uint8)
MAP = np.array([[0, 0, 2, 2, 255, 255]] * 4)
MASK = np.zeros((4, 6), dtype=bool)
BOX = OverlayBox(corners=(1, 1, 4, 3), number=3, score=0.9, mask=MASK)
PIXELS = PredictedImage(pixels=RED, score=0.25, label=Overlay(classes=MAP), prediction=Overlay(classes=MAP))
BOXES = PredictedImage(pixels=RED[..., :1], score=0, label=Overlay(), prediction=Overlay(boxes=(BOX,)))


def info_of(*images, classes=("ground", "a", "b", "c")) -> PredictionsInfo:
    return PredictionsInfo(images=images, title="mIoU", classes=classes)


def drawn(info):
    kept = []
    figure_bytes(lambda each: kept.append(draw_predictions(each)) or kept[0], info, ["png"])
    return kept[0]


def test_classes_that_are_labelled_or_predicted_are_named_and_no_class_is_not():
    assert classes_seen(info_of(PIXELS, BOXES)) == [0, 2, 3]
    key = drawn(info_of(PIXELS, BOXES)).legends[0]
    assert [text.get_text() for text in key.get_texts()] == ["ground", "b", "c"]
    assert info_of(classes=()).name(7) == "class 7"


def test_a_row_has_the_image_its_label_and_the_prediction():
    axes = drawn(info_of(PIXELS, BOXES)).axes
    assert [each.get_title() for each in axes[:3]] == ["image", "label", "prediction"]
    assert axes[0].get_ylabel() == "mIoU 25 %"
    assert [len(each.images) for each in axes] == [1, 2, 2, 1, 1, 2]
    (box,) = axes[5].patches
    assert (box.get_xy(), box.get_width(), box.get_height()) == ((0.5, 0.5), 3, 2)
    assert [text.get_text() for text in axes[5].texts] == ["90"]


def test_a_red_image_is_dark_grey_below_its_classes():
    assert grey(RED)[0, 0] == 200 * 0.299
    assert grey(RED[..., :1])[0, 0] == 200
