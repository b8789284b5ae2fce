"""The downloads of a network: Python, a study, and every form of `moat_lab.export`."""

from __future__ import annotations

from dataclasses import replace
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from zipfile import ZipFile

import streamlit as st
import yaml

from dashboards.inputs import InputSetting
from moat_lab.costs import cost_at
from moat_lab.costs.scaling import width_step
from moat_lab.errors import UserError
from moat_lab.export import TARGETS, Target
from moat_lab.export.write import write_export
from moat_lab.grammar import Network, zoo_name
from moat_lab.grammar.factor import Factor
from moat_lab.grammar.network import MAX_WIDTH
from moat_lab.grammar.space import Space
from moat_lab.grammar.template import Name, NetworkText
from moat_lab.lookup import RECIPE, files_by_name
from moat_lab.train import Recipe, load_recipe

_RECIPE = "digits_short"


def draw_exports(network: Network, setting: InputSetting) -> None:
    """Each as text to read and as a file to save."""
    name = zoo_name(network) or f"network_{network.key}"
    st.header("Downloads")
    python, study, model = st.tabs(["Python", "Study", "Model files"])
    with python:
        _draw_file(python_lines(network, setting), f"{name}.py", "python")
    with study:
        _draw_study(network, name)
    with model:
        for one in TARGETS.values():
            _draw_target(one, network, setting, name)
        st.caption(
            "Freshly initialised, in eval mode, checked against the model. Trained weights are taken along "
            "with `python -m moat_lab export FOLDER`."
        )


def _draw_file(text: str, file_name: str, language: str) -> None:
    st.code(text, language=language, wrap_lines=True)
    st.download_button(
        f"Download {file_name}", text, file_name, icon=":material/download:", on_click="ignore", key=file_name
    )


def _draw_study(network: Network, name: str) -> None:
    recipes = list(files_by_name(RECIPE))
    first = recipes.index(_RECIPE) if _RECIPE in recipes else 0
    chosen = st.selectbox("Recipe", recipes, index=first, key="recipe", width=280)
    try:
        study = study_yaml(network, chosen, load_recipe(chosen))
    except UserError as error:
        st.info(
            "The study's budget is the network's cost on the recipe's images, which cannot be computed here:"
        )
        st.code(str(error), language=None, wrap_lines=True)
        return
    _draw_file(study, f"around_{name}.yaml", "yaml")


def missing_text(target: Target) -> str:
    """The line that installs what the target lacks."""
    return f"pip install {' '.join(target.missing)}"


def _draw_target(target: Target, network: Network, setting: InputSetting, name: str) -> None:
    """The network is built when the button is pressed: until then no page loads torch."""
    file = target_file(target, name)
    if target.missing:
        st.caption(f"{file} needs packages that are not installed here:")
        st.code(missing_text(target), language=None)
        return
    st.download_button(
        f"Download {file}",
        lambda: model_file(target, network, setting),
        file,
        icon=":material/download:",
        on_click="ignore",
        key=file,
        help=target.about,
    )


def python_lines(of: Network, setting: InputSetting) -> str:
    """A script that builds the network; by its name too where it has one."""
    classes = f"num_classes={setting.num_classes}, in_chans={setting.in_chans}"
    lines = ["import moat_lab", "", f"network = {str(of)!r}", f"model = moat_lab.build(network, {classes})"]
    if name := zoo_name(of):
        lines += ["", "# or from timm's registry", "import timm", "import moat_lab.models", ""]
        lines += [f"model = timm.create_model({name!r}, {classes})"]
    return "\n".join(lines) + "\n"


def study_yaml(of: Network, recipe_name: str, recipe: Recipe) -> str:
    """A search that starts from the network: every stage a little narrower or wider, for no more MACs."""
    macs = cost_at(of, recipe.inputs).macs
    content = {
        "question": f"Which widths are best for no more than the MACs of {zoo_name(of) or of.key}?",
        "expectation": "Its own widths lie on the frontier or near it.",
        "space": str(_space_around(of)),
        "recipe": recipe_name,
        "seeds": 2,
        "sampler": "ehvi",
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


def _space_around(of: Network) -> Space:
    """The stages' widths are factors `w1`, `w2` ...: each its own width, one below, one above."""
    stages = tuple(replace(stage.text(), width=Name(f"w{i}")) for i, stage in enumerate(of.stages, start=1))
    factors = tuple(
        Factor(f"w{i}", _widths_near(stage.width, width_step(stage)))
        for i, stage in enumerate(of.stages, start=1)
    )
    return Space.of(NetworkText(of.stem.text(), stages, of.resolution), factors)


def _widths_near(width: int, step: int) -> tuple[int, ...]:
    """About a quarter less and more, in steps that suit the layers."""
    move = max(1, round(width / 4 / step)) * step
    return tuple(near for near in (width - move, width, width + move) if 1 <= near <= MAX_WIDTH)


def target_file(target: Target, stem: str) -> str:
    """The file name for the browser; a folder is saved as a zip."""
    return f"{stem}{target.suffix or '.zip'}"


def model_file(target: Target, network: Network, setting: InputSetting) -> bytes:
    """The freshly initialised network, for images of the setting's resolution.

    Raises:
        UserError: packages are missing, or the written model gives other outputs.
    """
    from moat_lab.export.subject import load_subject

    of = load_subject(
        str(network),
        num_classes=setting.num_classes,
        in_chans=setting.in_chans,
        resolution=setting.resolution,
    )
    with TemporaryDirectory() as folder:
        path = write_export(of, target, Path(folder) / f"network_{network.key}{target.suffix}").path
        return path.read_bytes() if path.is_file() else _zipped(path)


def _zipped(folder: Path) -> bytes:
    """The folder with its name in it, so that unpacking makes one."""
    content = BytesIO()
    with ZipFile(content, "w") as archive:
        for file in sorted(folder.iterdir()):
            archive.write(file, f"{folder.name}/{file.name}")
    return content.getvalue()
