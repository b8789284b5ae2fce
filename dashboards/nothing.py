"""What a page says where no study has been started."""

from collections.abc import Callable, Collection
from pathlib import Path

import streamlit as st

from dashboards.study_widgets import REFRESH_S

_NOTHING = """\
No studies here yet. Start one, and it appears on this page:

    {command}
"""


def draw_no_studies(roots: tuple[Path, ...], command: str = "python -m moat_lab.study ablate_order") -> None:
    """The command that starts a study, and where was looked."""
    st.info(_NOTHING.format(command=command))
    st.text(f"Looked in {', '.join(str(root.absolute()) for root in roots)}")


def wait_for_study(
    roots: tuple[Path, ...],
    find: Callable[[], Collection[str]],
    command: str = "python -m moat_lab.study ablate_order",
) -> None:
    """As `draw_no_studies`, until there is a study; then the page is drawn again."""
    st.fragment(_look, run_every=REFRESH_S)(roots, find, command)


def _look(roots: tuple[Path, ...], find: Callable[[], Collection[str]], command: str) -> None:
    if find():
        st.rerun()
    draw_no_studies(roots, command)
