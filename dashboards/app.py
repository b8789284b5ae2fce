"""The app behind `moat-lab dashboard`: a page for each folder that has a `page.py`."""

import sys
from pathlib import Path

import streamlit as st

# First on the path, before another package called dashboards.
ROOT = str(Path(__file__).resolve().parents[1])
if ROOT not in sys.path:
    sys.path.insert(0, ROOT)

from dashboards.lead import lead_style  # noqa: E402
from dashboards.page import navigate  # noqa: E402
from moat_lab.errors import UserError  # noqa: E402
from moat_lab.lookup import shipped  # noqa: E402

_USAGE = "moat-lab dashboard --results DIR"


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


def main() -> None:
    st.set_page_config(page_title="moat_lab", layout="wide")
    st.html(Path(__file__).with_name("theme.css"))
    lead_style()
    try:
        roots = roots_of(sys.argv[1:])
    except UserError as error:
        st.error("The app cannot start like this.")
        st.code(str(error), language=None, wrap_lines=True)
        return
    navigate(roots)


main()
