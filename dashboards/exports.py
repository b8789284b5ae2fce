"""The downloads of a network: Python, a study, ONNX."""

import streamlit as st

from dashboards.export import RECIPES, python_lines, recipe_names, study_yaml, zoo_name
from dashboards.onnx_export import missing_packages, onnx_bytes
from dashboards.setting import Setting
from moat_lab.errors import UserError
from moat_lab.grammar import Network
from moat_lab.proxy import load_recipe

_RECIPE = "digits_short"


def draw_exports(network: Network, setting: Setting) -> None:
    """Each as text to read and as a file to save."""
    name = zoo_name(network) or f"network_{network.key}"
    st.subheader("Take it along")
    python, study, onnx = st.tabs(["Python", "Study", "ONNX"])
    with python:
        _draw_file(python_lines(network, setting), f"{name}.py", "python")
    with study:
        _draw_study(network, name)
    with onnx:
        _draw_onnx(network, setting, name)


def _draw_file(text: str, file_name: str, language: str) -> None:
    st.code(text, language=language, wrap_lines=True)
    st.download_button(
        f"Download {file_name}", text, file_name, icon=":material/download:", on_click="ignore", key=file_name
    )


def _draw_study(network: Network, name: str) -> None:
    recipes = recipe_names()
    if not recipes:
        st.info("studies/recipes is not there: the dashboard runs outside of a checkout.")
        return
    first = recipes.index(_RECIPE) if _RECIPE in recipes else 0
    chosen = st.selectbox("Recipe", recipes, index=first, key="recipe", width=280)
    try:
        recipe = load_recipe(RECIPES / f"{chosen}.yaml")
    except UserError as error:
        st.code(str(error), language=None)
        return
    _draw_file(study_yaml(network, chosen, recipe), f"around_{name}.yaml", "yaml")


def _draw_onnx(network: Network, setting: Setting, name: str) -> None:
    """The network is built only when asked for: until then no page loads torch."""
    if missing := missing_packages():
        st.info("An ONNX file needs packages that are not installed here:")
        st.code(f"pip install {' '.join(missing)}", language=None)
        return
    st.download_button(
        f"Download {name}.onnx",
        lambda: onnx_bytes(network, setting),
        f"{name}.onnx",
        icon=":material/download:",
        on_click="ignore",
        key="onnx",
    )
    st.caption("Freshly initialised, in eval mode, for one image of this resolution.")
