"""The model card of an exported folder: what the network is, costs and reached, and how to load it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from moat_lab.costs import cost_at
from moat_lab.metrics import METRICS

if TYPE_CHECKING:
    from moat_lab.export.subject import Subject


def model_card(of: Subject, architecture: str) -> str:
    """Markdown; its head is what model hubs read."""
    task = "image-classification" if of.inputs.classes else "image-feature-extraction"
    return "\n".join(
        [_HEAD.format(task=task), _introduction(of, architecture), *_facts(of), _usage(of), _LICENCE]
    )


_HEAD = """---
library_name: timm
pipeline_tag: {task}
tags:
- {task}
- timm
- moat_lab
---"""

_LICENCE = """
## Licence

moat_lab, which builds the network, is under Apache-2.0. The weights are their trainer's, and so are the
terms for their use.
"""


def _introduction(of: Subject, architecture: str) -> str:
    network = of.model.network
    return f"\n# {architecture}, {network.key}\n\n```\n{network}\n```\n"


def _facts(of: Subject) -> list[str]:
    inputs, about, costs = of.inputs, of.about, cost_at(of.model.network, of.inputs)
    height, width = inputs.resolution
    trained = "by " + f"`{about.trained_by}`" if about.trained_by else "elsewhere, not said how"
    rows = {
        "parameters": f"{costs.params:,}",
        "MACs": f"{costs.macs:,} for one image",
        "activations": f"{costs.activations:,}",
        "images": f"{inputs.in_chans} x {height} x {width} pixels, in [0, 1] before normalisation",
        "mean, deviation": f"{_numbers(about.mean)}; {_numbers(about.deviation)}",
        "classes": f"{inputs.classes}" + (f": {_some(about.classes)}" if about.classes else ""),
        **_scores(about.scores),
        "trained": trained if of.trained else "no: the weights are freshly initialised",
    }
    return ["| | |", "| --- | --- |", *(f"| {name} | {text} |" for name, text in rows.items())]


def _scores(scores: Mapping[str, float]) -> dict[str, str]:
    """Title of each score -> what it was on val."""
    if not scores:
        return {"scores": "not measured"}
    titles = {name: METRICS[name].title if name in METRICS else name for name in scores}
    return {titles[name]: f"{100 * score:.2f} % on the validation images" for name, score in scores.items()}


def _usage(of: Subject) -> str:
    return f"""
## Use

```python
import timm
import moat_lab.models  # puts the architecture into timm's registry

model = timm.create_model("local-dir:FOLDER", pretrained=True).eval()
transform = timm.data.create_transform(**timm.data.resolve_model_data_config(model))
```

`features_only=True` gives the maps of its {1 + len(of.model.network.stages)} levels.
"""


def _numbers(values: tuple[float, ...]) -> str:
    return ", ".join(f"{value:g}" for value in values)


def _some(classes: tuple[str, ...]) -> str:
    """The first ten names."""
    return ", ".join(classes[:10]) + (", ..." if len(classes) > 10 else "")
