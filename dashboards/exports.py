"""The downloads of a network: Python, a study, and every form of `moat_lab.export`."""

import streamlit as st

from dashboards.export import python_lines, study_yaml
from dashboards.model_file import file_name, model_file
from dashboards.setting import Setting
from moat_lab.errors import UserError
from moat_lab.export import TARGETS, Target
from moat_lab.grammar import Network, zoo_name
from moat_lab.lookup import RECIPE, named
from moat_lab.train import load_recipe

_RECIPE = "digits_short"


def draw_exports(network: Network, setting: Setting) -> None:
    """Each as text to read and as a file to save."""
    name = zoo_name(network) or f"network_{network.key}"
    st.subheader("Take it out of the lab")
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
    recipes = list(named(RECIPE))
    first = recipes.index(_RECIPE) if _RECIPE in recipes else 0
    chosen = st.selectbox("Recipe", recipes, index=first, key="recipe", width=280)
    try:
        study = study_yaml(network, chosen, load_recipe(chosen))
    except UserError as error:
        st.info("The study's budget is the network's cost on the recipe's images, which cannot be told here:")
        st.code(str(error), language=None, wrap_lines=True)
        return
    _draw_file(study, f"around_{name}.yaml", "yaml")


def missing_text(target: Target) -> str:
    """The line that installs what the target lacks."""
    return f"pip install {' '.join(target.missing)}"


def _draw_target(target: Target, network: Network, setting: Setting, name: str) -> None:
    """The network is built only when asked for: until then no page loads torch."""
    file = file_name(target, name)
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
