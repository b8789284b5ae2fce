"""What each variant took over of the weights that all start from -> a section of report.md."""

from collections.abc import Iterable

from moat_lab.records import Evaluation, Plan
from moat_lab.report.names import names_with_twins
from moat_lab.report.units import code


def starting_sections(plan: Plan, evaluations: Iterable[Evaluation]) -> list[str]:
    """Nothing where all start from fresh weights."""
    source = plan.recipe.get("weights")
    if not source:
        return []
    names, shares = names_with_twins(plan), dict[str, float]()
    for e in evaluations:
        share = e.environment.get("inherited")
        if e.recipe_key == plan.recipe_key and e.network_key in names and isinstance(share, float):
            shares[names[e.network_key]] = share
    known = (name for name in names.values() if name in shares)
    took = ", ".join(f"{code(name)} {100 * shares[name]:.1f} %" for name in known) or "nothing yet"
    text = (
        f"Trainings start from the weights `{source}`, as far as names and shapes fit. Each network's share: "
        f"{took}. What did not fit started fresh. A variant that inherits less starts with less."
    )
    return ["### Starting weights", text]
