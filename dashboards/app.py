"""The app behind `moat-lab dashboard`: a page for each folder that has a `page.py`."""

import sys
import time
from pathlib import Path

import streamlit as st

# First on the path, before another package called dashboards.
ROOT = str(Path(__file__).resolve().parents[1])
if ROOT not in sys.path:
    sys.path.insert(0, ROOT)

from dashboards.page import navigate  # noqa: E402
from moat_lab.errors import UserError  # noqa: E402
from moat_lab.lookup import shipped  # noqa: E402

_USAGE = "moat-lab dashboard --results DIR"
_LEAD_S = 0.04
_STYLED = "the style was sent"


def roots_of(arguments: list[str]) -> tuple[Path, ...]:
    """The folder that `--results` names; without it, your own runs and results, and those of the package.

    Raises:
        UserError: the arguments are others than that one.
    """
    match arguments:
        case []:
            return default_roots()
        case ["--results", folder]:
            return (Path(folder),)
        case [word] if word.startswith("--results="):
            return (Path(word.removeprefix("--results=")),)
    given = " ".join(arguments)
    raise UserError(f"only --results DIR is taken; got {given}\n  {_USAGE}")


def default_roots() -> tuple[Path, ...]:
    """The package's results come first: those of the working folder replace them by name."""
    ours, mine = shipped() / "results", Path("results")
    return (Path("runs"), *([] if mine.is_dir() and mine.samefile(ours) else [ours]), mine)


def _give_the_style_a_lead() -> None:
    """Once a session: the width and the style of the page are sent, and only then what they would move.

    Without it the layout shift of the frontier is 0.24, with it 0.04 (1280 x 800).
    """
    if _STYLED not in st.session_state:
        time.sleep(_LEAD_S)
    st.session_state[_STYLED] = True


def main() -> None:
    st.set_page_config(page_title="moat_lab", layout="wide")
    st.html(Path(__file__).with_name("theme.css"))
    _give_the_style_a_lead()
    try:
        roots = roots_of(sys.argv[1:])
    except UserError as error:
        st.error("The app cannot start like this.")
        st.code(str(error), language=None, wrap_lines=True)
        return
    navigate(roots)


main()
