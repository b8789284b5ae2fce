"""What a page says where no study has been started."""

from pathlib import Path

import streamlit as st

_NOTHING = """\
No studies here yet. Start one, and it appears on this page:

    {command}
"""


def draw_nothing(roots: tuple[Path, ...], command: str = "python -m moat_lab.study ablate_order") -> None:
    """The command that starts a study, and where was looked."""
    st.info(_NOTHING.format(command=command))
    st.text(f"Looked in {', '.join(str(root.absolute()) for root in roots)}")
