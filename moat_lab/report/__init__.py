"""A results folder -> tables, Markdown and figures. `python -m moat_lab report FOLDER` makes them anew."""
