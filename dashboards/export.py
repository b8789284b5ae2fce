"""What to take from a page: Python that builds a network, and a study that starts from it."""

from __future__ import annotations

from dataclasses import replace

import yaml

from dashboards.setting import Setting
from moat_lab.costs.scaling import width_step
from moat_lab.grammar import Network, zoo_name
from moat_lab.grammar.factor import Factor
from moat_lab.grammar.network import MAX_WIDTH
from moat_lab.grammar.space import Space
from moat_lab.grammar.template import Name, NetworkText
from moat_lab.study.pricing import price_of
from moat_lab.train import Recipe


def python_lines(of: Network, setting: Setting) -> str:
    """A script that builds the network; by its name too where it has one."""
    classes = f"num_classes={setting.num_classes}, in_chans={setting.in_chans}"
    lines = ["import moat_lab", "", f"network = {str(of)!r}", f"model = moat_lab.build(network, {classes})"]
    if name := zoo_name(of):
        lines += ["", "# or from timm's registry", "import timm", "import moat_lab.models", ""]
        lines += [f"model = timm.create_model({name!r}, {classes})"]
    return "\n".join(lines) + "\n"


def study_yaml(of: Network, recipe_name: str, recipe: Recipe) -> str:
    """A search that starts from the network: every stage a little narrower or wider, for no more MACs."""
    macs = price_of(recipe)(of).costs["macs"]
    content = {
        "question": f"Which widths are best for no more than the MACs of {zoo_name(of) or of.key}?",
        "expectation": "Its own widths lie on the frontier or near it.",
        "space": str(_around(of)),
        "recipe": recipe_name,
        "seeds": 2,
        "sampler": "evolution",
        "trials": 30,
        "objectives": ["top1", "macs"],
        "constraints": [f"macs <= {macs}"],
        "start": [str(of)],
    }
    head = (
        f"# Save as studies/NAME.yaml, then: python -m moat_lab.study NAME\n"
        f"# {recipe_name} trains at {recipe.resolution} px, where the network has {macs} MACs; "
        f"it is designed for {of.resolution} px.\n"
    )
    return head + yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=100)


def _around(of: Network) -> Space:
    """The widths of the stages are factors `w1`, `w2` ...; each its own, one below, one above."""
    stages = tuple(replace(stage.text(), width=Name(f"w{i}")) for i, stage in enumerate(of.stages, start=1))
    factors = tuple(
        Factor(f"w{i}", _near(stage.width, width_step(stage))) for i, stage in enumerate(of.stages, start=1)
    )
    return Space.of(NetworkText(of.stem.text(), stages, of.resolution), factors)


def _near(width: int, step: int) -> tuple[int, ...]:
    """About a quarter less and more, in steps that suit the layers."""
    move = max(1, round(width / 4 / step)) * step
    return tuple(near for near in (width - move, width, width + move) if 1 <= near <= MAX_WIDTH)
