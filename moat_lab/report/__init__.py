"""A results folder -> tables, Markdown and figures. `python -m moat_lab.report FOLDER` makes them anew."""

from moat_lab.report.write import write_report

__all__ = ["write_report"]
