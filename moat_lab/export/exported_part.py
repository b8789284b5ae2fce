"""What a form of export can hold of a network with a head on its maps."""

from __future__ import annotations

from dataclasses import replace

from moat_lab.export.subject import Subject
from moat_lab.export.target import Target
from moat_lab.models import Model
from moat_lab.models.headed import HeadedModel, PyramidMaps
from moat_lab.ops import input_spec
from moat_lab.ops.modules.detector import Detector


def held_part(of: Subject, target: Target) -> Subject:
    """The subject, or the part of it that the form holds.

    A form for backbones holds no head. One that holds the computation has the maps of a detector's backbone
    and neck: how many things are found depends on the image, and no such form can say that.
    """
    if not isinstance(of.model, HeadedModel):
        return of
    if target.is_backbone:
        return _backbone(of, of.model)
    if target.foldable and isinstance(of.model.head, Detector):
        return replace(of, model=PyramidMaps(of.model).eval())
    return of


def part_left_out(of: Subject, target: Target) -> str:
    """A line about what the form cannot hold; empty where it holds all."""
    held = held_part(of, target).model
    if held is of.model:
        return ""
    part = "backbone" if isinstance(held, Model) else "maps of backbone and neck"
    return f"holds the {part}, without the rest of the head"


def _backbone(of: Subject, model: HeadedModel) -> Subject:
    """Without classes; its scores are those that it reached with the head."""
    inputs = input_spec(of.inputs.resolution, in_chans=of.inputs.in_chans, classes=0)
    return replace(of, model=model.backbone, inputs=inputs, about=replace(of.about, classes=()))
