"""`streamlit run dashboards/app.py -- --results DIR`: a page for each file of `page_files/`."""

import sys
from pathlib import Path

import streamlit as st

# Last on the path, so that an installed moat_lab comes first: only what is not found elsewhere is found here.
ROOT = str(Path(__file__).resolve().parents[1])
if ROOT not in sys.path:
    sys.path.append(ROOT)

from dashboards import page_files  # noqa: E402
from dashboards.page import Page, in_order, streamlit_page  # noqa: E402
from moat_lab.errors import UserError  # noqa: E402
from moat_lab.members import members  # noqa: E402

_USAGE = "streamlit run dashboards/app.py -- --results DIR"


def roots_of(arguments: list[str]) -> tuple[Path, ...]:
    """The folder that `--results` names; without it, your own runs and the committed results.

    Raises:
        UserError: the arguments are others than that one.
    """
    match arguments:
        case []:
            return Path("runs"), Path("results")
        case ["--results", folder]:
            return (Path(folder),)
        case [word] if word.startswith("--results="):
            return (Path(word.removeprefix("--results=")),)
    given = " ".join(arguments)
    raise UserError(f"only --results DIR may stand after `--`; got {given}\n  {_USAGE}")


def main() -> None:
    st.set_page_config(page_title="moat_lab", layout="wide")
    st.html(Path(__file__).with_name("look.css"))
    try:
        roots = roots_of(sys.argv[1:])
    except UserError as error:
        st.error("The app cannot start like this.")
        st.code(str(error), language=None, wrap_lines=True)
        return
    pages: dict[str, Page] = in_order(members(page_files, "PAGE"))
    st.navigation([streamlit_page(name, page, roots) for name, page in pages.items()], position="top").run()


main()
