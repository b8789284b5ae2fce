"""`python -m moat_lab samplers`: what can choose the networks of a search."""

EXAMPLES = ("moat-lab samplers",)


def command() -> None:
    """List the samplers that a study's file may name, what each can do, and its options."""
    # Loaded here: `--help` answers at once.
    from moat_lab.study.fitted_table import study_console
    from moat_lab.study.tables import samplers_table

    study_console().print(samplers_table())
