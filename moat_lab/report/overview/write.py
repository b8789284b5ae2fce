"""An `Overview` -> README.md, claims.csv and the forest plot of a folder."""

from pathlib import Path

from moat_lab.files import write_atomically
from moat_lab.report.overview import Overview
from moat_lab.report.overview.figure import draw_forest
from moat_lab.report.overview.forest import forest_info
from moat_lab.report.overview.markdown import overview_markdown
from moat_lab.report.style import figure_bytes


def write_overview(folder: Path, overview: Overview) -> Path:
    """The page, written after the table and the figure of its claims; without claims there are none."""
    if overview.claims:
        write_atomically(folder / "claims.csv", claims_csv(overview))
        for suffix, content in figure_bytes(draw_forest, forest_info(overview)).items():
            write_atomically(folder / f"claims{suffix}", content)
    return write_atomically(folder / "README.md", overview_markdown(overview))


def claims_csv(overview: Overview) -> str:
    """The claims as a file holds them."""
    return overview.claims_table.to_csv(index=False, lineterminator="\n")
