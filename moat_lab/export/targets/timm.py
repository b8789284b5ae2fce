"""A folder for `timm.create_model("local-dir:FOLDER", pretrained=True)`, after `import moat_lab.models`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from moat_lab.export.card import model_card
from moat_lab.export.target import Target
from moat_lab.grammar import zoo_name

if TYPE_CHECKING:
    from moat_lab.export.subject import Subject

CONFIG, WEIGHTS, CARD = "config.json", "model.safetensors", "README.md"
"""The first two are names that timm looks for."""
RESIZED_WHOLE = 1.0
"""Share of the image that is kept: networks trained here see all of it."""


def write_timm(of: Subject, path: Path) -> float:
    """Configuration, weights and model card."""
    import timm
    from timm.models import save_for_hf

    from moat_lab.export.tracing import largest_difference
    from moat_lab.models.weights import write_weights

    name, arguments = _architecture(of)
    model = timm.create_model(name, **arguments, pretrained_cfg_overlay=_configuration(of)).eval()
    model.load_state_dict(of.model.state_dict())
    classes = {"label_names": list(of.about.classes)} if of.about.classes else {}
    save_for_hf(model, str(path), model_config=classes, model_args=arguments, safe_serialization=True)
    # Again, for ours says which network it is of.
    write_weights(path / WEIGHTS, of.model.state_dict(), of.model.network, of.about)
    (path / CARD).write_text(model_card(of, name), encoding="utf-8")
    return largest_difference(of, timm.create_model(f"local-dir:{path}", pretrained=True).eval())


def _architecture(of: Subject) -> tuple[str, dict[str, Any]]:
    """A name of timm's registry, and what it needs to build the network."""
    from moat_lab.models import Model
    from moat_lab.models.registry import ANY

    own = of.model.network
    name = zoo_name(own)
    arguments: dict[str, Any] = {"num_classes": of.inputs.classes, "in_chans": of.inputs.in_chans}
    assert isinstance(of.model, Model), "it holds no head, and no other form of the network"
    if not of.model.pooled:  # the backbone of a network with a head
        arguments |= {"global_pool": "", "output_stride": of.model.output_stride}
    return (name, arguments) if name else (ANY, arguments | {"network": str(own)})


def _configuration(of: Subject) -> dict[str, Any]:
    """The preprocessing; a network that was not trained here keeps the official share of the image."""
    trained_here = {"crop_pct": RESIZED_WHOLE} if of.about.trained_by else {}
    return trained_here | {
        "input_size": (of.inputs.in_chans, *of.inputs.resolution),
        "mean": of.about.mean,
        "std": of.about.deviation,
        "num_classes": of.inputs.classes,
        # Whoever trained the weights says under which licence they are.
        "license": None,
    }


TARGET = Target(
    about="a folder for timm.create_model, with config and model card",
    suffix="",
    write=write_timm,
    files=(CONFIG, WEIGHTS, CARD),
    is_backbone=True,
)
