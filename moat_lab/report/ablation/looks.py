"""What an effect's p has to be below, given how often the data were looked at: a paragraph of report.md."""

from moat_lab.analysis.spending import ERROR, level_of_look
from moat_lab.records import Plan
from moat_lab.report.units import count

_SHARED = (
    "so that, whatever decides about further seeds, in 95 % of such studies or more none is called better or "
    "worse without an effect (error spending, Lan and DeMets 1983; Bonferroni's bound)."
)


def look_sections(plan: Plan) -> list[str]:
    """The error that this look at the data spends, and where the rest of the 5 % is; nothing in a search."""
    if plan.search:
        return []
    level = level_of_look(len(plan.earlier_looks), plan.planned_looks)
    below = f"p and the p of equivalence have to be below {100 * level:.3g} %"
    if not level:
        below = "All of the 5 % is spent: no effect can be called better, worse or equivalent any more"
    return [f"{_which(plan)} {below}: {_rest(plan)}, {_SHARED}"]


def _which(plan: Plan) -> str:
    """ "Look 2, after one with 3 seeds."."""
    if not plan.earlier_looks:
        return "The first look at these trainings."
    earlier = ", ".join(map(str, plan.earlier_looks))
    return f"Look {len(plan.earlier_looks) + 1}, after those at {earlier} seeds."


def _rest(plan: Plan) -> str:
    if plan.planned_looks:
        planned = count(len(plan.planned_looks), "planned look")
        seeds = ", ".join(map(str, plan.planned_looks))
        return f"{100 * ERROR:g} % are shared evenly by {planned} (at {seeds} seeds)"
    return f"{100 * ERROR:g} % are for all looks, and no number of them was planned"
